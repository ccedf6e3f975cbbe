package graph

import "strings"

// kindOf is the class of a category: it has a colour and an icon.
func kindOf(category string) string {
	kind := strings.ToLower(category)
	if _, ok := icons[kind]; !ok {
		return "other"
	}
	return kind
}

// icons are drawn by a line, in a square of 16 pixels.
var icons = map[string]string{
	"source":   "M4 5.5v5M4 1.5a2 2 0 1 0 0 4a2 2 0 1 0 0-4M4 10.5a2 2 0 1 0 0 4a2 2 0 1 0 0-4M12 2.5a2 2 0 1 0 0 4a2 2 0 1 0 0-4M12 6.5c0 3-3.5 3-6.2 4.9",
	"build":    "M8 1.5l5.8 3.2v6.6L8 14.5l-5.8-3.2V4.7zM2.2 4.7L8 8l5.8-3.3M8 8v6.5",
	"test":     "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M5 8.2l2.2 2.2L11.2 6",
	"deploy":   "M8 10.5V1.8M4.5 5.2L8 1.7l3.5 3.5M2 10v4.2h12V10",
	"invoke":   "M9.2 1.5L3 9h4.6L6.8 14.5L13 7H8.4z",
	"approval": "M6.5 7.5a3 3 0 1 0 0-6a3 3 0 1 0 0 6M1.5 14.2c0-2.8 2-4.4 5-4.4c.9 0 1.7.1 2.4.4M9.8 12.6l1.8 1.8l3.2-3.4",
	"compute":  "M1.5 2.5h13v11h-13zM4.4 5.8l2.3 2.2l-2.3 2.2M8.6 10.4h3",
	"other":    "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11",
}

// style speaks of classes that begin with ps-, for a picture may stand inside a page. Custom properties would be shorter, but not every
// reader of SVG knows them.
const style = `.ps-graph{color-scheme:light dark;font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
.ps-ground{fill:#fff}
.ps-card{fill:#f4f6f9;stroke:#e1e6ee}
.ps-frame{fill:none;stroke:#a9b4c4;stroke-dasharray:3 4}
.ps-box{fill:#fff;stroke:#d0d7e2}
.ps-text{fill:#16202e}
.ps-muted{fill:#5a6779}
.ps-artifact{fill:#3b5578}
.ps-flow{fill:none;stroke:#7d8ca3;stroke-width:2}
.ps-flow-head{fill:#7d8ca3}
.ps-gate{fill:#fff;stroke:#2563eb;stroke-width:2}
.ps-posts{stroke:#2563eb;stroke-width:2;stroke-linecap:round}
.ps-mark{fill:#fff;stroke:#8a5a00;stroke-width:2}
.ps-condition{fill:#8a5a00}
.ps-back{fill:none;stroke:#c0362c;stroke-width:1.5;stroke-dasharray:5 4}
.ps-back-head,.ps-failure{fill:#c0362c}
.ps-icon{fill:none;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}
.ps-approval .ps-box{fill:#fffaf0;stroke:#b45309;stroke-width:1.5;stroke-dasharray:6 3}
.ps-source .ps-tile{fill:#e3ecfd}.ps-source .ps-icon{stroke:#1d55d0}
.ps-build .ps-tile{fill:#eee6fd}.ps-build .ps-icon{stroke:#6d2fe0}
.ps-test .ps-tile{fill:#d9f1ee}.ps-test .ps-icon{stroke:#0f766e}
.ps-deploy .ps-tile{fill:#dcf2e2}.ps-deploy .ps-icon{stroke:#15803d}
.ps-invoke .ps-tile{fill:#fce2ed}.ps-invoke .ps-icon{stroke:#be185d}
.ps-approval .ps-tile{fill:#fbe9cb}.ps-approval .ps-icon{stroke:#b45309}
.ps-compute .ps-tile,.ps-other .ps-tile{fill:#e6eaf0}.ps-compute .ps-icon,.ps-other .ps-icon{stroke:#475569}
.ps-is-succeeded .ps-box{stroke:#15803d;stroke-width:2}
.ps-is-inprogress .ps-box{stroke:#2563eb;stroke-width:2}
.ps-is-failed .ps-box{stroke:#c0362c;stroke-width:2}
@media (prefers-color-scheme:dark){
.ps-ground{fill:#0d1117}
.ps-card{fill:#161c25;stroke:#263040}
.ps-frame{stroke:#56657a}
.ps-box{fill:#1e2632;stroke:#39465a}
.ps-text{fill:#e8edf4}
.ps-muted{fill:#a0adbf}
.ps-artifact{fill:#a9c3ea}
.ps-flow{stroke:#74849b}
.ps-flow-head{fill:#74849b}
.ps-gate{fill:#0d1117;stroke:#6ea8fe}
.ps-posts{stroke:#6ea8fe}
.ps-mark{fill:#0d1117;stroke:#f0b24a}
.ps-condition{fill:#f0b24a}
.ps-back{stroke:#ff8a80}
.ps-back-head,.ps-failure{fill:#ff8a80}
.ps-approval .ps-box{fill:#2a2314;stroke:#f0b24a}
.ps-source .ps-tile{fill:#1c2c4c}.ps-source .ps-icon{stroke:#8ab4ff}
.ps-build .ps-tile{fill:#2e2350}.ps-build .ps-icon{stroke:#c0a2ff}
.ps-test .ps-tile{fill:#113639}.ps-test .ps-icon{stroke:#5fd3c5}
.ps-deploy .ps-tile{fill:#153823}.ps-deploy .ps-icon{stroke:#6fd694}
.ps-invoke .ps-tile{fill:#45192f}.ps-invoke .ps-icon{stroke:#f58ab9}
.ps-approval .ps-tile{fill:#43310f}.ps-approval .ps-icon{stroke:#f0b24a}
.ps-compute .ps-tile,.ps-other .ps-tile{fill:#2c3645}.ps-compute .ps-icon,.ps-other .ps-icon{stroke:#b4c0cf}
.ps-is-succeeded .ps-box{stroke:#6fd694}
.ps-is-inprogress .ps-box{stroke:#6ea8fe}
.ps-is-failed .ps-box{stroke:#ff8a80}
}
`
