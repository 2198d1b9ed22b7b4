package carve

import (
	"strings"

	"firescene/forensics"
)

// tarB is the unit of a tar archive: headers and contents begin at its multiples.
const tarB = 512

// tarMember reads the header of a member at the beginning of b: where its content
// ends and whether that is a file's (POSIX.1-1988, section 10.1.1, "ustar"; the GNU
// tar manual, "Basic Tar Format"). ok is false when it is no header.
func tarMember(b []byte) (sizeB int64, file, ok bool) {
	if len(b) < tarB || string(b[257:262]) != "ustar" {
		return 0, false, false
	}
	number := func(field []byte) (n int64, ok bool) {
		s := strings.Trim(string(field), " \x00")
		for _, c := range []byte(s) {
			if c < '0' || c > '7' || n > 1<<40 {
				return 0, false
			}
			n = n<<3 | int64(c-'0')
		}
		return n, s != ""
	}
	want, ok := number(b[148:156])
	sum := int64(8 * ' ') // the field of the sum itself counts as blanks
	for i, c := range b[:tarB] {
		if i < 148 || i >= 156 {
			sum += int64(c)
		}
	}
	if !ok || sum != want {
		return 0, false, false
	}
	sizeB, ok = number(b[124:136])
	return sizeB, b[156] == '0' || b[156] == 0, ok
}

func isTar(b []byte) bool {
	_, _, ok := tarMember(b)
	return ok
}

// tar notes the whole pictures among the members of a tar archive that a layer
// holds, and reports whether there are any.
func (u *unwrapper) tar(data []byte, l layerSign, path []forensics.Layer, inside bool) (any bool) {
	for at, members := int64(0), 0; at < int64(len(data)) && members < maxChildren; members++ {
		n, file, ok := tarMember(data[at:])
		at += tarB
		if !ok || n > int64(len(data))-at {
			return any
		}
		b := data[at : at+n : at+n]
		if file && n > 0 {
			for _, t := range u.s.match(b[:min(len(b), peekB)]) {
				v, err := t.Walk(u.meter(b), n)
				if err != nil || v.State != forensics.Whole || !pictures[t.Name] {
					continue
				}
				if v.LengthB < n {
					v.LengthB = n
					v.Reason += "; with bytes behind the end of its structure up to the end of the member of a tar archive"
				}
				u.finds = append(u.finds, Find{Type: t, OffsetB: at, Path: path, Host: "tar archive in " + l.host, Inside: inside, Data: b, Verdict: v})
				any = true
				break
			}
		}
		at += (n + tarB - 1) / tarB * tarB
	}
	return any
}
