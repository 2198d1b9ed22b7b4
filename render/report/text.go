package report

import (
	"embed"
	"encoding/json"
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"text/template"
	"time"
)

// The report's words, one file a language. A test holds both to the same keys
// and to the same names within them.
//
//go:embed locales/en.json locales/zh.json
var localeFiles embed.FS

// texts gives the words of one language.
type texts struct {
	lang     string
	zone     *time.Location
	messages map[string]string
}

func newTexts(lang string, zone *time.Location) (*texts, error) {
	if lang != "zh" && lang != "en" {
		return nil, fmt.Errorf("report language %q is not known; use zh or en", lang)
	}
	b, err := localeFiles.ReadFile("locales/" + lang + ".json")
	if err != nil {
		return nil, err
	}
	t := &texts{lang: lang, zone: zone, messages: map[string]string{}}
	if err := json.Unmarshal(b, &t.messages); err != nil {
		return nil, fmt.Errorf("locales/%s.json: %w", lang, err)
	}
	return t, nil
}

// fill returns the message of a key with its names filled in. It fails for an
// unknown key and for a name that has no value.
func (t *texts) fill(key string, data map[string]any) (string, error) {
	m, ok := t.messages[key]
	if !ok {
		return "", fmt.Errorf("message %q is not known", key)
	}
	if !strings.Contains(m, "{{") {
		return m, nil
	}
	tmpl, err := template.New(key).Option("missingkey=error").Funcs(template.FuncMap{"num": num, "s": plural}).Parse(m)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := tmpl.Execute(&b, data); err != nil {
		return "", fmt.Errorf("message %q: %w", key, err)
	}
	return b.String(), nil
}

// T returns a message with name, value pairs filled in. What cannot be filled
// is shown as the key with its values, so that nothing is lost.
func (t *texts) T(key string, nameValue ...any) string {
	data := map[string]any{}
	for i := 0; i+1 < len(nameValue); i += 2 {
		data[nameValue[i].(string)] = nameValue[i+1]
	}
	s, err := t.fill(key, data)
	if err != nil {
		return raw(key, data)
	}
	return s
}

// raw shows a message that has no words.
func raw(key string, data map[string]any) string {
	var names []string
	for n := range data {
		names = append(names, n)
	}
	sort.Strings(names)
	for i, n := range names {
		names[i] = fmt.Sprintf("%s=%v", n, data[n])
	}
	return strings.TrimSpace("[" + key + "] " + strings.Join(names, ", "))
}

// num prints a whole number with groups of three digits.
func num(v any) string {
	s := fmt.Sprint(v)
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if neg {
		return "-" + s
	}
	return s
}

// plural returns "s" for any count but one, for English nouns.
func plural(v any) string {
	if fmt.Sprint(v) == "1" {
		return ""
	}
	return "s"
}

// or returns v, or the words for "not given".
func (t *texts) or(v string) string {
	if strings.TrimSpace(v) == "" {
		return t.T("word.not_given")
	}
	return v
}

// when prints a time in the report's zone to the given number of decimals.
func (t *texts) when(v time.Time, decimals int) string {
	if v.IsZero() {
		return t.T("word.none")
	}
	layout := "2006-01-02 15:04:05"
	if decimals > 0 {
		layout += "." + strings.Repeat("0", decimals)
	}
	return v.In(t.zone).Format(layout)
}

// seconds prints a number of seconds with the decimals that it needs, three at
// most below ten and one above.
func seconds(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "?"
	}
	digits := 3
	if math.Abs(v) >= 10 {
		digits = 1
	}
	s := strconv.FormatFloat(v, 'f', digits, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// uncertainty prints a standard uncertainty to two significant digits.
func uncertainty(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "?"
	}
	digits := 0
	if a := math.Abs(v); a > 0 && a < 9.5 {
		digits = min(3, 1-int(math.Floor(math.Log10(a))))
	}
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if digits > 0 {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// metres prints a length to the centimetre.
func metres(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

// signed prints a number with its sign.
func signed(v float64) string {
	if v >= 0 {
		return "+" + seconds(v)
	}
	return "−" + seconds(-v)
}

// size prints a number of bytes.
func (t *texts) size(v int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	f, k := float64(v), 0
	for f >= 1024 && k < len(units)-1 {
		f, k = f/1024, k+1
	}
	if k == 0 {
		return num(v) + "\u00a0B"
	}
	return strconv.FormatFloat(f, 'f', 1, 64) + "\u00a0" + units[k]
}

// list joins words as the language does.
func (t *texts) list(words []string) string { return strings.Join(words, t.T("word.list_separator")) }
