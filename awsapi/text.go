package awsapi

import "unicode/utf8"

// Bounds of the model that the engine's own texts may exceed.
const (
	mostSummary = 2048
	mostMessage = 5000
	mostURL     = 2048
	mostID      = 1500
)

// clip bounds a text, in characters.
func clip(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

// url leaves a link out that the model has no room for: half of one leads nowhere.
func url(text string) string {
	if utf8.RuneCountInString(text) > mostURL {
		return ""
	}
	return text
}
