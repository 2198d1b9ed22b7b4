package exfat

import (
	"errors"
	"fmt"
	"io"
)

// holdsSlots reports whether a cluster begins as a directory does: with a set
// whose check sum agrees, or, behind the first cluster, with the rest of one.
func (v *Volume) holdsSlots(c uint32, first bool) bool {
	b := make([]byte, min(v.ClusterB, 2*maxSet*slotB))
	n, err := v.r.ReadAt(b, v.OffsetB(c))
	if err != nil && !errors.Is(err, io.EOF) {
		return false
	}
	return holdsSet(b[:n], first)
}

// holdsSet looks for a whole set at the beginning of b; behind the first cluster
// of a directory the rest of a set may stand before it.
func holdsSet(b []byte, first bool) bool {
	var slots [][]byte
	for i := 0; i+slotB <= len(b); i += slotB {
		slots = append(slots, b[i:i+slotB])
	}
	for len(slots) > 0 {
		switch t := slots[0][0] | inUse; t {
		case typeFile:
			s, n, ok := parseSet(slots)
			if ok && s.whole {
				return true
			}
			// a set that is partly overwritten may stand before one that is not
			slots = slots[n:]
			if first && !ok {
				return false
			}
		case typeStream, typeName:
			if slots = slots[1:]; first && t == typeName {
				return false
			}
		default:
			return false
		}
	}
	return false
}

// orphans looks for directories in free clusters that the walk did not reach:
// those of a volume that was formatted since, or whose parents are overwritten.
func (w *walk) orphans() error {
	v := w.v
	head := int64(2 * maxSet * slotB)
	span := int64(1)
	if v.ClusterB <= 16<<10 {
		span = chunkB / v.ClusterB // small clusters are read together
	}
	buf := make([]byte, max(head, span*v.ClusterB))
	var found []uint32
	for c := uint32(2); v.valid(c); {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		n := int64(0)
		for n < span && v.Free(c+uint32(n)) {
			n++
		}
		if n == 0 {
			c++
			continue
		}
		want := n * v.ClusterB
		if span == 1 {
			want = min(v.ClusterB, head)
		}
		m, _ := v.r.ReadAt(buf[:want], v.OffsetB(c))
		for i := range n {
			at := i * v.ClusterB
			b := buf[min(at, int64(m)):min(at+min(head, v.ClusterB), int64(m))]
			if len(b) > 0 && (b[0]|inUse == typeFile || b[0]|inUse == typeStream || b[0]|inUse == typeName) &&
				!w.visited[v.OffsetB(c+uint32(i))] && holdsSet(b, false) {
				found = append(found, c+uint32(i))
			}
		}
		c += uint32(n)
	}
	return w.unattached(found)
}

// unattached reads directories in free clusters, those first that no other one
// names, so that a tree keeps its paths.
func (w *walk) unattached(found []uint32) error {
	v := w.v
	named := map[uint32]bool{}
	for _, c := range found {
		v.slots([]Extent{{v.OffsetB(c), v.ClusterB}}, func(b []byte, _ int64) bool {
			if b[0]|inUse == typeStream {
				if to := uint32(b[20]) | uint32(b[21])<<8 | uint32(b[22])<<16 | uint32(b[23])<<24; to != c {
					named[to] = true
				}
			}
			return true
		})
	}
	for _, pass := range []bool{false, true} {
		for _, c := range found {
			if named[c] != pass {
				continue
			}
			if err := w.dir(fmt.Sprintf("unattached-%d", c), []Extent{{v.OffsetB(c), v.ClusterB}}, true, 1); err != nil {
				return err
			}
		}
	}
	return nil
}
