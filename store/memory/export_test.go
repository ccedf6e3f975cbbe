package memory

// Damageable is Artifacts that can be damaged, for the conformance suite.
type Damageable struct{ *Artifacts }

// Damage changes one byte of what is kept.
func (d Damageable) Damage(digest string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.blobs[digest].content[0] ^= 1
}
