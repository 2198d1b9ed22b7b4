package main

import (
	"embed"
	"encoding/json"
	"os"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// The messages of the command line, one file an area and language, as
// AREA.en.json and AREA.zh.json. A test holds the two languages to the same keys.
//
//go:embed locales/*.json
var localeFiles embed.FS

// texts gives messages in one language.
type texts struct{ loc *i18n.Localizer }

// texts returns the messages in the language asked for, else in that of the
// environment.
func (a *app) texts() texts { return newTexts(a.language()) }

// language is "zh" or "en".
func (a *app) language() string {
	if a.lang != "" {
		return a.lang
	}
	for _, v := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if s := os.Getenv(v); s != "" {
			if strings.HasPrefix(s, "zh") {
				return "zh"
			}
			return "en"
		}
	}
	return "en"
}

func newTexts(lang string) texts {
	b := i18n.NewBundle(language.English)
	b.RegisterUnmarshalFunc("json", json.Unmarshal)
	names, err := localeFiles.ReadDir("locales")
	if err != nil {
		panic(err) // embedded: can only be a programming error
	}
	for _, n := range names {
		if _, err := b.LoadMessageFileFS(localeFiles, "locales/"+n.Name()); err != nil {
			panic(err)
		}
	}
	return texts{i18n.NewLocalizer(b, lang)}
}

// T returns the message of a key, with name, value pairs filled in. An unknown
// key is printed as itself, so that a missing text is seen and loses nothing.
func (t texts) T(key string, nameValue ...any) string {
	data := map[string]any{}
	for i := 0; i+1 < len(nameValue); i += 2 {
		data[nameValue[i].(string)] = nameValue[i+1]
	}
	s, err := t.loc.Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: data})
	if err != nil {
		return key
	}
	return s
}
