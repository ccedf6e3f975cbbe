//go:build unix

package process

import "testing"

func BenchmarkRun(b *testing.B) {
	for name, home := range map[string]string{"with a control group": cgroupHome(), "without": ""} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := run(b.Context(), sh(":"), home); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
