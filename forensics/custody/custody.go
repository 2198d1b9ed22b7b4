// Package custody keeps the log of a case as a hash chain: every entry carries
// the hash of the one before it, so that an entry can not be changed, taken out,
// put in or moved without the chain showing it.
//
// A chain proves nothing against its own maker. Whoever can write the log can
// write all of it anew, with hashes that fit, and whoever can cut it can cut it
// at its end. The proof begins when the head (the hash of the newest entry) is
// kept where that person can not reach it: on the signed paper record, in the
// other party's hands, or in a time stamp. Head gives that hash, and
// VerifyAgainst checks a log against one that was kept.
package custody

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Entry is one line of the log. Entries are numbered from 1 without gaps.
type Entry struct {
	Seq     int64           `json:"seq"`
	Time    time.Time       `json:"time"` // UTC, by the clock of the computer that wrote it
	Who     string          `json:"who"`
	Action  string          `json:"action"`  // "init", "add", "step", ...
	Exhibit string          `json:"exhibit"` // exhibit ID, empty when none
	Details json.RawMessage `json:"details"` // canonical JSON, see Canonical
	Prev    string          `json:"prev"`    // Hash of entry Seq-1; Genesis for entry 1
	Hash    string          `json:"hash"`    // SHA-256 of Encode, lower-case hex
}

// Genesis is the Prev of the first entry: 64 zeros.
var Genesis = strings.Repeat("0", 2*sha256.Size)

// TimeFormat is how an entry's time is written in the hashed encoding: UTC with
// nine decimals, always the same length.
const TimeFormat = "2006-01-02T15:04:05.000000000Z"

// header begins the hashed encoding and names its version.
const header = "firescene custody 1\n"

// Encode returns the bytes whose SHA-256 is the entry's hash: the line
// "firescene custody 1", then the fields sequence number, time (TimeFormat), who,
// action, exhibit, details and previous hash, each as its length in bytes in
// decimal, a colon, its bytes and a line feed. The lengths make it impossible to
// move a byte from one field to the next without changing the encoding.
func (e Entry) Encode() []byte {
	var b bytes.Buffer
	b.WriteString(header)
	for _, field := range []string{
		strconv.FormatInt(e.Seq, 10), e.Time.UTC().Format(TimeFormat), e.Who, e.Action, e.Exhibit, string(e.Details), e.Prev,
	} {
		fmt.Fprintf(&b, "%d:%s\n", len(field), field)
	}
	return b.Bytes()
}

// Sum returns the hash that the entry's fields give.
func (e Entry) Sum() string {
	sum := sha256.Sum256(e.Encode())
	return hex.EncodeToString(sum[:])
}

// Next returns the entry that follows prev, numbered, linked and hashed. A zero
// prev gives the first entry of a log. details may be anything that encodes to
// JSON; nil is an empty object.
func Next(prev Entry, at time.Time, who, action, exhibit string, details any) (Entry, error) {
	if details == nil {
		details = struct{}{}
	}
	canonical, err := Canonical(details)
	if err != nil {
		return Entry{}, fmt.Errorf("custody entry %q: %w", action, err)
	}
	e := Entry{Seq: prev.Seq + 1, Time: at.UTC(), Who: who, Action: action, Exhibit: exhibit, Details: canonical, Prev: prev.Hash}
	if prev.Seq == 0 {
		e.Prev = Genesis
	}
	e.Hash = e.Sum()
	return e, nil
}

// Head returns the hash of the newest entry, or Genesis for an empty log. It is
// what belongs on the signed paper.
func Head(log []Entry) string {
	if len(log) == 0 {
		return Genesis
	}
	return log[len(log)-1].Hash
}

// Canonical encodes v as JSON with object keys in byte order, no spaces, no
// escaping beyond what JSON needs, and numbers as they were written, so that the
// same value always gives the same bytes.
func Canonical(v any) (json.RawMessage, error) {
	once, err := marshal(v)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(once))
	d.UseNumber()
	var tree any // maps are encoded in key order
	if err := d.Decode(&tree); err != nil {
		return nil, err
	}
	return marshal(tree)
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
