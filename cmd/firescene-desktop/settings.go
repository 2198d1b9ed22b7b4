//go:build cgo

package main

import (
	"encoding/json"
	"os"
	"path/filepath"

	"firescene/render/ui"
)

// loadSettings reads what the window remembers, from a file or from where the user's
// settings are; what can not be read is taken as never set.
func loadSettings(path string) (ui.Settings, string) {
	var s ui.Settings
	if path == "" {
		base, err := os.UserConfigDir()
		if err != nil {
			return s, ""
		}
		path = filepath.Join(base, "firescene", "desktop.json")
	}
	if b, err := os.ReadFile(path); err == nil {
		_ = json.Unmarshal(b, &s)
	}
	return s, path
}

// saveSettings keeps the settings by way of a temporary name. A settings folder that
// can not be written loses the layout, nothing else.
func saveSettings(path string, s ui.Settings) {
	if path == "" {
		return
	}
	b, err := json.MarshalIndent(s, "", " ")
	if err != nil || os.MkdirAll(filepath.Dir(path), 0o777) != nil {
		return
	}
	if os.WriteFile(path+".new", b, 0o666) == nil {
		_ = os.Rename(path+".new", path)
	}
}
