package media

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"strings"
	"testing"

	"firescene/forensics"
)

func TestReadLocatorThroughLayers(t *testing.T) {
	inner := strings.Repeat("zone 4 smoke detector alarm\n", 200)
	var z bytes.Buffer
	g := gzip.NewWriter(&z)
	g.Write([]byte(inner))
	g.Close()
	text := `{"file":"` + base64.StdEncoding.EncodeToString(z.Bytes()) + `"}`
	img := []byte(strings.Repeat("x", 1000) + text)
	read := func(s string) (string, error) {
		l, err := forensics.ParseLocator(s)
		if err != nil {
			t.Fatal(err)
		}
		var w bytes.Buffer
		err = ReadLocator(bytes.NewReader(img), int64(len(img)), l, &w)
		return w.String(), err
	}
	for loc, want := range map[string]string{
		"E1/1009-BASE64-0-GZIP":                  inner,
		"E1/1009-BASE64-0-GZIP-5+10":             inner[5:15],
		"E1/1009-BASE64-0-GZIP-28+28,0+4":        inner[28:56] + inner[:4],
		"E1/1009-BASE64":                         z.String(),
		"E1/1000+9":                              text[:9],
		"E1/1009-BASE64-0-GZIP-" + "0+" + "5600": inner,
	} {
		if got, err := read(loc); err != nil || got != want {
			t.Errorf("%s: %d bytes, %v", loc, len(got), err)
		}
	}
	for _, loc := range []string{"E1/1009-BASE64-0-GZIP-5600+1", "E1/0-GZIP", "E1/1009-LZ4", "E1/9999999-BASE64", "E1/1009-BASE64-0-GZIP-9000000000000000000+9"} {
		if _, err := read(loc); err == nil {
			t.Errorf("%s was read", loc)
		}
	}
}
