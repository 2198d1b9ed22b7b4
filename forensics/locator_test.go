package forensics

import (
	"reflect"
	"testing"
)

func TestLocatorRoundTrip(t *testing.T) {
	for _, s := range []string{"E003", "E003/0+1", "E003/1048576+20480", "E003/1048576-GZIP-300+12", "E003/4096+512,12288+100", "E003/4096+512,HOLE+100", "E1/5-ZIP-7-GZIP"} {
		l, err := ParseLocator(s)
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		if got := l.String(); got != s {
			t.Errorf("%s came back as %s", s, got)
		}
	}
}

func TestLocatorRefuses(t *testing.T) {
	for _, s := range []string{"", "/1+1", "E1/", "E1/x", "E1/1", "E1/-1+2", "E1/HOLE", "E1/5+HOLE", "E1/1-gzip-3+4", "E1/1+2,", "E1/1-2-3+4"} {
		if l, err := ParseLocator(s); err == nil {
			t.Errorf("%q was read as %+v", s, l)
		}
	}
}

func FuzzParseLocator(f *testing.F) {
	f.Add("E003/1048576-GZIP-300+12")
	f.Add("E003/4096+512,12288+100")
	f.Add("E003/HOLE+7")
	f.Fuzz(func(t *testing.T, s string) {
		l, err := ParseLocator(s)
		if err != nil {
			return
		}
		again, err := ParseLocator(l.String())
		if err != nil || !reflect.DeepEqual(l, again) {
			t.Fatalf("%q: %+v printed as %q, read as %+v (%v)", s, l, l, again, err)
		}
	})
}
