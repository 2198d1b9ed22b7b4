package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// fontFiles holds the bytes of a TrueType face with Latin and Chinese letters,
// for pictures and PDF. The product ships no font: it uses the system's.
type fontFiles struct {
	Regular, Bold, Mono []byte // Mono may be nil
	Path                string // of the regular face
}

// errNoFont says what to install for Chinese text.
var errNoFont = errors.New("no TrueType font with Chinese letters was found: install the Debian package fonts-lxgw-wenkai, or name a .ttf file in FIRESCENE_FONT")

// fontNames are tried in each font folder, best first: faces that hold both
// scripts with glyf outlines, which PDF embedding needs.
var fontNames = [][2]string{
	{"lxgw-wenkai/LXGWWenKai-Regular.ttf", "lxgw-wenkai/LXGWWenKai-Bold.ttf"},
	{"truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf", "truetype/lxgw-wenkai/LXGWWenKai-Bold.ttf"},
	{"LXGWWenKai-Regular.ttf", "LXGWWenKai-Bold.ttf"},
	{"simhei.ttf", "simhei.ttf"},
	{"Arial Unicode.ttf", "Arial Unicode.ttf"},
}

// findFonts reads the font named by FIRESCENE_FONT, else the first known one.
func findFonts() (fontFiles, error) {
	if path := os.Getenv("FIRESCENE_FONT"); path != "" {
		b, err := os.ReadFile(path)
		if err != nil {
			return fontFiles{}, fmt.Errorf("FIRESCENE_FONT: %w", err)
		}
		return fontFiles{Regular: b, Bold: b, Path: path}, nil
	}
	for _, dir := range fontDirs() {
		for _, n := range fontNames {
			path := filepath.Join(dir, filepath.FromSlash(n[0]))
			regular, err := os.ReadFile(path)
			if err != nil {
				continue
			}
			bold, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(n[1])))
			if err != nil {
				bold = regular
			}
			mono, err := os.ReadFile(strings.Replace(path, "WenKai-", "WenKaiMono-", 1))
			if err != nil {
				mono = nil
			}
			return fontFiles{Regular: regular, Bold: bold, Mono: mono, Path: path}, nil
		}
	}
	return fontFiles{}, errNoFont
}

func fontDirs() []string {
	home, _ := os.UserHomeDir()
	switch runtime.GOOS {
	case "windows":
		return []string{filepath.Join(os.Getenv("WINDIR"), "Fonts"), filepath.Join(os.Getenv("LOCALAPPDATA"), "Microsoft", "Windows", "Fonts")}
	case "darwin":
		return []string{"/Library/Fonts", "/System/Library/Fonts/Supplemental", filepath.Join(home, "Library/Fonts")}
	default:
		return []string{"/usr/share/fonts", "/usr/local/share/fonts", filepath.Join(home, ".local/share/fonts"), filepath.Join(home, ".fonts")}
	}
}
