package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/image/font/sfnt"
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
		if err == nil {
			err = checkFont(b)
		}
		if err != nil {
			return fontFiles{}, fmt.Errorf("FIRESCENE_FONT=%s: %w; name a .ttf file with Chinese letters, or unset it and install the Debian package fonts-lxgw-wenkai", path, err)
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

// checkFont reports why a face can not be embedded in a report: before hours of
// work, not after them.
func checkFont(b []byte) error {
	if bytes.HasPrefix(b, []byte("OTTO")) || bytes.HasPrefix(b, []byte("ttcf")) {
		return errors.New("its outlines are not TrueType, or it is a collection")
	}
	f, err := sfnt.Parse(b)
	if err != nil {
		return errors.New("not a TrueType font")
	}
	if i, err := f.GlyphIndex(&sfnt.Buffer{}, '火'); err != nil || i == 0 {
		return errors.New("it has no Chinese letters")
	}
	return nil
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
