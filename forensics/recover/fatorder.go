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
	a := arranging{finder: f, starts: f.noClusters(), crowded: f.noClusters(), placed: f.noClusters()}
	var left []*job
	for _, j := range open {
		if j.done && j.it.State != forensics.Whole {
			continue
		}
		a.starts.count(a.crowded, j.file.first)
		want := typeOfName(f.opts.Types, j.file.path)
		if !j.done && !j.recorded && j.t == nil && !j.text && j.file.validB == j.file.sizeB && f.free(j.file.first) && (want == nil || want.Name == "") {
			left = append(left, j)
		}
	}
	for range maxRounds {
		found, err := a.fitting(ctx, left)
		if len(found) == 0 || err != nil {
			return err
		}
		for _, x := range found {
			a.place(x)
		}
		left = slices.DeleteFunc(left, func(j *job) bool { return j.done })
	}
	return nil
}

// maxRounds is how often files are laid anew round those that were placed.
const maxRounds = 8

type arranging struct {
	*finder
	starts, crowded clusterSet // clusters that a file begins at, and that several do
	placed          clusterSet
}

// clusterSet is a set of clusters.
type clusterSet []uint64

func (f *finder) noClusters() clusterSet { return make(clusterSet, f.fs.Count()/64+1) }

func (b clusterSet) has(c uint32) bool {
	return c >= 2 && int((c-2)/64) < len(b) && b[(c-2)/64]>>((c-2)%64)&1 != 0
}

func (b clusterSet) add(c uint32) {
	if c >= 2 && int((c-2)/64) < len(b) {
		b[(c-2)/64] |= 1 << ((c - 2) % 64)
	}
}

// count adds a cluster, and to twice when it is there already.
func (b clusterSet) count(twice clusterSet, c uint32) {
	if b.has(c) {
		twice.add(c)
	}
	b.add(c)
}

type arranged struct {
	j     *job
	where []span
}

// fitting lists files whose data ends with their size where they are laid now, but
// for those that would share a cluster.
func (a *arranging) fitting(ctx context.Context, left []*job) (out []arranged, err error) {
	used, shared := a.noClusters(), a.noClusters()
	for _, j := range left {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		where := a.skipping(j.file.first, a.need(j.file.sizeB), maxGap, func(c uint32) bool {
			begins := a.starts.has(c) && c != j.file.first || a.crowded.has(c)
			return !begins && !a.placed.has(c) && a.free(c)
		})
		if a.endsThere(j, where) {
			out = append(out, arranged{j, where})
			eachCluster(where, func(c uint32) { used.count(shared, c) })
		}
	}
	return slices.DeleteFunc(out, func(x arranged) bool {
		clash := false
		eachCluster(x.where, func(c uint32) { clash = clash || shared.has(c) })
		return clash
	}), nil
}

func (a *arranging) place(x arranged) {
	eachCluster(x.where, a.placed.add)
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
