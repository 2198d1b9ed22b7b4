package custody

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

var start = time.Date(2026, 3, 1, 8, 0, 0, 0, time.FixedZone("CST", 8*3600))

func makeLog(t testing.TB, n int) []Entry {
	t.Helper()
	var log []Entry
	var prev Entry
	for i := range n {
		e, err := Next(prev, start.Add(time.Duration(i)*time.Minute), "李", "add", fmt.Sprintf("E%03d", i+1), map[string]any{"z": i, "a": "<&>"})
		if err != nil {
			t.Fatal(err)
		}
		log, prev = append(log, e), e
	}
	return log
}

// The encoding is a contract with everybody who checks a printed head later, so
// one entry is spelled out here by hand.
func TestEncodeIsTheDocumentedOne(t *testing.T) {
	e := makeLog(t, 1)[0]
	want := "firescene custody 1\n1:1\n30:2026-03-01T00:00:00.000000000Z\n3:李\n3:add\n4:E001\n17:{\"a\":\"<&>\",\"z\":0}\n64:" + strings.Repeat("0", 64) + "\n"
	if got := string(e.Encode()); got != want {
		t.Fatalf("encoding\n%q\nwant\n%q", got, want)
	}
	sum := sha256.Sum256([]byte(want))
	if e.Hash != hex.EncodeToString(sum[:]) {
		t.Errorf("hash %s is not the SHA-256 of the encoding", e.Hash)
	}
}

func TestVerifyNamesWhatWasDone(t *testing.T) {
	rehash := func(e Entry) Entry { e.Hash = e.Sum(); return e }
	tests := []struct {
		name string
		edit func(l []Entry) []Entry
		want []Break // Kind and Seq only
	}{
		{"untouched", func(l []Entry) []Entry { return l }, nil},
		{"who changed", func(l []Entry) []Entry { l[2].Who = "王"; return l }, []Break{{Kind: Changed, Seq: 3}}},
		{"details changed", func(l []Entry) []Entry { l[5].Details = json.RawMessage(`{"a":"<&>","z":6}`); return l }, []Break{{Kind: Changed, Seq: 6}}},
		{"time moved by a nanosecond", func(l []Entry) []Entry { l[0].Time = l[0].Time.Add(1); return l }, []Break{{Kind: Changed, Seq: 1}}},
		{"hash changed", func(l []Entry) []Entry { l[3].Hash = Genesis; return l }, []Break{{Kind: Changed, Seq: 4}}},
		{"changed and hashed anew", func(l []Entry) []Entry { l[2].Who = "王"; l[2] = rehash(l[2]); return l }, []Break{{Kind: Changed, Seq: 3}}},
		{"one taken out", func(l []Entry) []Entry { return slices.Delete(l, 3, 4) }, []Break{{Kind: Missing, Seq: 4}}},
		{"three taken out", func(l []Entry) []Entry { return slices.Delete(l, 1, 4) }, []Break{{Kind: Missing, Seq: 2}}},
		{"first taken out", func(l []Entry) []Entry { return l[1:] }, []Break{{Kind: Missing, Seq: 1}}},
		{"one put in under a used number", func(l []Entry) []Entry {
			x := rehash(Entry{Seq: 4, Time: start, Who: "王", Action: "add", Details: json.RawMessage("{}"), Prev: l[2].Hash})
			return slices.Insert(l, 3, x)
		}, []Break{{Kind: Added, Seq: 4}}},
		{"one put in behind the one it doubles", func(l []Entry) []Entry {
			x := rehash(Entry{Seq: 4, Time: start, Who: "王", Action: "add", Details: json.RawMessage("{}"), Prev: l[3].Hash})
			return slices.Insert(l, 4, x)
		}, []Break{{Kind: Added, Seq: 4}}},
		{"two swapped", func(l []Entry) []Entry { l[2], l[3] = l[3], l[2]; return l }, []Break{{Kind: Reordered, Seq: 4}, {Kind: Reordered, Seq: 3}}},
		{"two swapped with their numbers", func(l []Entry) []Entry {
			l[2], l[3] = l[3], l[2]
			l[2].Seq, l[3].Seq = 3, 4
			return l
		}, []Break{{Kind: Changed, Seq: 3}, {Kind: Changed, Seq: 4}}},
		{"beginning replaced", func(l []Entry) []Entry { l[0].Prev = strings.Repeat("1", 64); l[0] = rehash(l[0]); return l },
			[]Break{{Kind: Changed, Seq: 1}, {Kind: Changed, Seq: 1}}},
		{"number zero", func(l []Entry) []Entry { return append([]Entry{rehash(Entry{})}, l...) }, []Break{{Kind: Added, Seq: 0}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Verify(tt.edit(makeLog(t, 8)))
			same := slices.EqualFunc(got, tt.want, func(a, b Break) bool { return a.Kind == b.Kind && a.Seq == b.Seq })
			if !same {
				t.Errorf("found %v, want %v", got, tt.want)
			}
		})
	}
}

// Any single-byte change of any field is found, wherever it is made.
func TestVerifyFindsEveryByte(t *testing.T) {
	clean := makeLog(t, 4)
	for i := range clean {
		for _, field := range []func(*Entry) *string{
			func(e *Entry) *string { return &e.Who }, func(e *Entry) *string { return &e.Action },
			func(e *Entry) *string { return &e.Exhibit }, func(e *Entry) *string { return &e.Prev }, func(e *Entry) *string { return &e.Hash },
		} {
			for k := range *field(&clean[i]) {
				log := slices.Clone(clean)
				s := []byte(*field(&log[i]))
				s[k] ^= 1
				*field(&log[i]) = string(s)
				if len(Verify(log)) == 0 {
					t.Fatalf("entry %d: change of byte %d not found: %q", i+1, k, s)
				}
			}
		}
	}
}

func TestKeptHeadFindsWhatTheChainCanNot(t *testing.T) {
	log := makeLog(t, 6)
	head := Head(log)
	if b := VerifyAgainst(log, head); b != nil {
		t.Errorf("untouched log: %v", b)
	}
	if b := Verify(log[:4]); b != nil {
		t.Errorf("a log cut at its end holds together by itself, got %v", b)
	}
	if b := VerifyAgainst(log[:4], head); len(b) != 1 || b[0].Kind != Missing || b[0].Seq != 5 {
		t.Errorf("cut log against its kept head: %v", b)
	}
	if Head(nil) != Genesis || VerifyAgainst(nil, Genesis) != nil {
		t.Error("the empty log's head is not Genesis")
	}
}

func TestCanonicalDoesNotDependOnOrder(t *testing.T) {
	a, err := Canonical(json.RawMessage(`{"b": 1.50, "a": {"y":[1, 2], "x":"火"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"a":{"x":"火","y":[1,2]},"b":1.50}`; string(a) != want {
		t.Errorf("canonical %s, want %s", a, want)
	}
	if _, err := Canonical(func() {}); err == nil {
		t.Error("a function has no JSON")
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(uint8(3), uint8(1), uint8(2), []byte("x"))
	f.Fuzz(func(t *testing.T, n, i, field uint8, with []byte) {
		log := makeLog(t, int(n%6)+1)
		e := &log[int(i)%len(log)]
		before := *e
		switch field % 5 {
		case 0:
			e.Who = string(with)
		case 1:
			e.Action = string(with)
		case 2:
			e.Details = with
		case 3:
			e.Seq += int64(len(with))
		case 4:
			e.Exhibit = string(with)
		}
		same := string(before.Encode()) == string(e.Encode())
		if found := len(Verify(log)) > 0; found == same {
			t.Fatalf("changed %v, found %v", !same, Verify(log))
		}
	})
}
