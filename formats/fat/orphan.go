package fat

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// head is the first cluster of a directory: it lies at OffsetB and calls itself
// cluster number cluster.
type head struct {
	offsetB int64
	cluster uint32
}

const scanB = 1 << 20

// scan looks through the free clusters for directories that the walk did not
// reach. Those that call themselves by another number than theirs belong to a
// volume that was there before and counted its clusters otherwise.
func (w *walk) scan() error {
	v := w.v
	v.heads, v.loose = nil, nil
	var strangers []head
	buf := make([]byte, max(scanB, v.ClusterB))
	end := v.Count() + 2
	for c := uint32(2); c < end; {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		n := uint32(0)
		for c+n < end && int64(n+1)*v.ClusterB <= int64(len(buf)) && v.Free(c+n) {
			n++
		}
		if n == 0 {
			c++
			continue
		}
		m, _ := v.r.ReadAt(buf[:int64(n)*v.ClusterB], v.OffsetB(c))
		for at := 0; at+512 <= m; at += 512 {
			b := buf[at : at+512]
			off := v.OffsetB(c) + int64(at)
			if b[0] != '.' {
				if int64(at)%v.ClusterB == 0 && (b[0] == erased || b[0] > ' ') && !w.visited[off] && goesOn(buf[at:min(m, at+int(v.ClusterB))], v) {
					v.loose = append(v.loose, c+uint32(int64(at)/v.ClusterB))
				}
				continue
			}
			if number, ok := isHead(b); ok && !w.visited[off] {
				if v.valid(number) && v.OffsetB(number) == off {
					v.heads = append(v.heads, head{off, number})
				} else {
					strangers = append(strangers, head{off, number})
				}
			}
		}
		c += n
	}
	v.formerVolumes(strangers)
	return nil
}

// isHead reports whether a sector begins as a directory does, with "." and "..",
// and the number of the cluster that "." names.
func isHead(b []byte) (cluster uint32, ok bool) {
	le := binary.LittleEndian
	if string(b[:11]) != ".          " || string(b[32:43]) != "..         " || b[11]&attrDir == 0 || b[43]&attrDir == 0 {
		return 0, false
	}
	c := uint32(le.Uint16(b[26:])) | uint32(le.Uint16(b[20:]))<<16
	return c, c >= 2 && le.Uint32(b[28:]) == 0 && le.Uint32(b[60:]) == 0
}

// goesOn reports whether a cluster looks like a further one of a directory: only
// slots that can be entries up to the first unused one, and nothing behind it.
func goesOn(b []byte, v *Volume) bool {
	short := 0
	for at := 0; at+slotB <= len(b); at += slotB {
		s := b[at : at+slotB]
		switch {
		case s[0] == 0:
			return short > 0 && len(bytes.Trim(b[at:], "\x00")) == 0
		case s[11]&0x3F == attrLong:
			if s[12] != 0 || s[26] != 0 || s[27] != 0 || s[0] != erased && s[0]&^0x40 > maxLongSlots {
				return false
			}
		default:
			e := parseShort(s, v.Bits)
			if !plausible(s) || e.Volume || e.Cluster != 0 && !v.valid(e.Cluster) || (e.SizeB > 0) != (e.Cluster != 0) && !e.Dir || !dated(s) {
				return false
			}
			short++
		}
	}
	return short > 0
}

// dated reports whether an entry's dates are dates.
func dated(b []byte) bool {
	for _, at := range []int{16, 18, 24} {
		d := binary.LittleEndian.Uint16(b[at:])
		if month, day := d>>5&15, d&31; d != 0 && (month < 1 || month > 12 || day < 1) {
			return false
		}
	}
	return binary.LittleEndian.Uint16(b[24:]) != 0
}

// unattached reads the directories that the scan met, those first that no other
// one names, so that a tree keeps its paths.
func (w *walk) unattached() error {
	v := w.v
	w.inOrphan = true
	named := map[uint32]bool{}
	b := make([]byte, v.ClusterB)
	note := func(off int64) {
		n, _ := v.r.ReadAt(b, off)
		for at := 0; at+slotB <= n && b[at] != 0; at += slotB {
			if s := b[at : at+slotB]; s[11]&0x3F != attrLong && s[0] != '.' && plausible(s) {
				if e := parseShort(s, v.Bits); e.Dir {
					named[e.Cluster] = true
				}
			}
		}
	}
	for _, h := range v.heads {
		note(h.offsetB)
	}
	for _, c := range v.loose {
		note(v.OffsetB(c))
	}
	for _, pass := range []bool{false, true} {
		for _, h := range v.heads {
			if named[h.cluster] == pass {
				if err := w.dir(fmt.Sprintf("unattached-%d", h.cluster), v.deletedDir(h.cluster), true, 1); err != nil {
					return err
				}
			}
		}
		if pass {
			break
		}
		for _, c := range v.loose {
			if err := w.dir(fmt.Sprintf("unattached-%d", c), v.appendCluster(nil, c), true, 1); err != nil {
				return err
			}
		}
	}
	return nil
}

// Former lists volumes that were there before this one was made, as far as the
// last Walk found directories of theirs. They have nothing but such directories;
// a cluster of theirs is free when no live file uses what lies there now.
func (v *Volume) Former() []*Volume { return v.former }

// formerVolumes finds how former volumes counted their clusters. Two directories
// of one volume tell both the size of its clusters and where they began; what at
// least two directories agree on counts.
func (v *Volume) formerVolumes(heads []head) {
	type count struct{ clusterB, dataB int64 }
	for len(heads) > 1 && len(v.former) < 8 {
		votes := map[count]int{}
		var best count
		for i, a := range heads {
			for _, b := range heads[i+1 : min(len(heads), i+9)] {
				steps := int64(b.cluster) - int64(a.cluster)
				if steps == 0 || (b.offsetB-a.offsetB)%steps != 0 {
					continue
				}
				g := count{clusterB: (b.offsetB - a.offsetB) / steps}
				if g.clusterB < 512 || g.clusterB > 1<<20 || g.clusterB&(g.clusterB-1) != 0 {
					continue
				}
				if g.dataB = a.offsetB - int64(a.cluster-2)*g.clusterB; g.dataB < 0 {
					continue
				}
				if votes[g]++; votes[g] > votes[best] {
					best = g
				}
			}
		}
		if votes[best] == 0 {
			return
		}
		f := &Volume{Bits: 32, SectorB: v.SectorB, ClusterB: best.clusterB, dataB: best.dataB, r: v.r, size: v.size, parent: v,
			Clusters: uint32(min((v.size-best.dataB)/best.clusterB, 1<<28))}
		var others []head
		for _, h := range heads {
			if f.valid(h.cluster) && f.OffsetB(h.cluster) == h.offsetB {
				f.heads = append(f.heads, h)
			} else {
				others = append(others, h)
			}
		}
		v.former = append(v.former, f)
		v.warn("%d directories are of a volume that was here before, with clusters of %d bytes from byte %d on", len(f.heads), f.ClusterB, f.dataB)
		heads = others
	}
}
