package recover

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"firescene/forensics"
)

// arrange places deleted files that have no type to be walked and whose run of
// clusters holds the first cluster of another deleted file. A FAT driver takes the
// next free cluster, so that a file that was written while others were there goes
// round them; and it fills the last sector with zeros. A file that is laid round
// the beginnings of the others, and round those that are already placed, and whose
// data then ends with its recorded size, is placed there: of other clusters that
// would be so by chance in few of a thousand. Files that end so in one run make
// the beginning.
//
// After the allocation strategies and the slack described in B. Carrier, File
// System Forensic Analysis (2005), chapters 8 and 9.
func (f *finder) arrange(ctx context.Context, open []*job) error {
	a := arranging{finder: f, starts: map[uint32]int{}, placed: map[uint32]bool{}}
	var left []*job
	for _, j := range open {
		if j.done && j.it.State != forensics.Whole {
			continue
		}
		a.starts[j.file.first]++
		want := typeOfName(f.opts.Types, j.file.path)
		if !j.done && !j.recorded && j.t == nil && !j.text && j.file.validB == j.file.sizeB && f.free(j.file.first) && (want == nil || want.Name == "") {
			left = append(left, j)
		}
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		found := a.fitting(left)
		if len(found) == 0 {
			return nil
		}
		for _, x := range found {
			a.place(x)
		}
		left = slices.DeleteFunc(left, func(j *job) bool { return j.done })
	}
}

type arranging struct {
	*finder
	starts map[uint32]int // how many files begin at a cluster
	placed map[uint32]bool
}

type arranged struct {
	j     *job
	where []span
}

// fitting lists files whose data ends with their size where they are laid now, but
// for those that would share a cluster.
func (a *arranging) fitting(left []*job) (out []arranged) {
	users := map[uint32]int{}
	for _, j := range left {
		first := true
		where := a.skipping(j.file.first, a.need(j.file.sizeB), maxGapClusters, func(c uint32) bool {
			others := a.starts[c]
			if first {
				first = false
				others--
			}
			return others <= 0 && !a.placed[c] && a.free(c)
		})
		if a.endsThere(j, where) {
			out = append(out, arranged{j, where})
			eachCluster(where, func(c uint32) { users[c]++ })
		}
	}
	return slices.DeleteFunc(out, func(x arranged) bool {
		shared := false
		eachCluster(x.where, func(c uint32) { shared = shared || users[c] > 1 })
		return shared
	})
}

func (a *arranging) place(x arranged) {
	eachCluster(x.where, func(c uint32) { a.placed[c] = true })
	j := x.j
	a.finder.place(&j.it, &j.file, x.where)
	how := "follow each other"
	if len(x.where) > 1 {
		how = fmt.Sprintf("lie in %d fragments round other deleted files", len(x.where))
	}
	j.done, j.placed = true, true
	j.it.State, j.it.Confidence = forensics.Whole, 0.8
	j.it.Reason = "deleted; all its clusters are free and " + how + ", and the last one is filled with zeros from its recorded size on; its format has no check that could prove the content"
}

// endsThere reports whether a place is all there, its data goes on to the recorded
// size, and zeros fill the last sector from there on.
func (a *arranging) endsThere(j *job, where []span) bool {
	const sectorB = 512
	in := j.file.sizeB % sectorB
	need := a.need(j.file.sizeB)
	if count(where) != need || in == 0 || sectorB-in < minFillB {
		return false
	}
	last := where[len(where)-1]
	inCluster := j.file.sizeB - (need-1)*a.fs.ClusterSizeB()
	b := make([]byte, sectorB)
	n, _ := a.image.ReadAt(b, a.opts.OffsetB+a.fs.OffsetB(last.first+last.n-1)+inCluster-in)
	return n == sectorB && b[in-1] != 0 && len(bytes.Trim(b[in:], "\x00")) == 0
}

// minFillB is how much filling counts as such: fewer zeros follow data by chance.
const minFillB = 16

func eachCluster(where []span, do func(c uint32)) {
	for _, s := range where {
		for c := s.first; c < s.first+s.n; c++ {
			do(c)
		}
	}
}
