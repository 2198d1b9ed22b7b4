package dfxml

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"firescene/formats"
)

func sample() Document {
	one, zero := 1, 0
	return Document{
		Creator: Creator{"firescene", "1"},
		Source:  Source{"card.img", 4096, []Digest{{"sha256", "ab"}}},
		Files: []FileObject{
			{Filename: "DCIM/照片 <1>&.JPG", SizeB: 700, Allocated: &zero, Used: &zero, ModTime: Time("2024-03-01 10:20:30"),
				Runs: []ByteRun{{0, 512, 512}, {512, 2048, 188}}, Hashes: []Digest{{"md5", "00"}, {"sha256", "11"}}},
			{Filename: "IMG_0000001024.png", SizeB: 9, Orphan: &one, Error: "truncated", Runs: []ByteRun{{0, 1024, 9}}},
		},
	}
}

func TestRoundTrip(t *testing.T) {
	var a, b bytes.Buffer
	if err := Write(&a, sample()); err != nil {
		t.Fatal(err)
	}
	if err := Write(&b, sample()); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Fatal("a second run gave other bytes")
	}
	for _, want := range []string{`img_offset="2048"`, `<mtime>2024-03-01T10:20:30</mtime>`, `<hashdigest type="md5">00<`, `&lt;1&gt;&amp;`} {
		if !strings.Contains(a.String(), want) {
			t.Errorf("%s is missing in\n%s", want, a.String())
		}
	}
	got, err := Read(bytes.NewReader(a.Bytes()), formats.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Files, sample().Files) || !reflect.DeepEqual(got.Source, sample().Source) {
		t.Errorf("came back as %+v", got)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, s := range map[string]string{
		"empty": "", "other root": "<html/>", "cut": "<dfxml><source>", "number": "<dfxml><fileobject><filesize>x</filesize></fileobject></dfxml>",
		"negative run": `<dfxml><fileobject><byte_runs><byte_run img_offset="-1" len="1" file_offset="0"/></byte_runs></fileobject></dfxml>`,
	} {
		if _, err := Read(strings.NewReader(s), formats.DefaultLimits()); !formats.IsDamaged(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	_ = Write(&b, sample())
	f.Add(b.Bytes())
	f.Add([]byte("<dfxml><fileobject/></dfxml>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Read(bytes.NewReader(data), formats.Limits{MaxAllocB: 1 << 20})
		if err != nil {
			return
		}
		var first bytes.Buffer
		if err := Write(&first, d); err != nil {
			t.Skip("names that XML can not hold")
		}
		again, err := Read(&first, formats.Limits{MaxAllocB: 8 << 20})
		if err != nil || len(again.Files) != len(d.Files) {
			t.Fatalf("what was written does not read back: %v", err)
		}
	})
}
