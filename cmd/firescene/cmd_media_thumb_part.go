package main

import (
	"bufio"
	"errors"
	"io"

	"firescene/forensics"
	"firescene/forensics/media"
	"firescene/formats"
	"firescene/formats/jpeg"
)

const (
	// What was carved and ends in a fault has foreign data before the fault, back to
	// a boundary of the units in which media are written; most have units of unitB.
	unitB = 4 << 10
	// lookBack is in how many units before the end of a picture that is not whole
	// foreign data is looked for, by breaks of breakMisfit: how much rougher the
	// picture is behind a boundary of units than before.
	lookBack    = 4
	breakMisfit = 4
	// fillB bytes of one value in coded data are taken for filling where a picture is
	// not whole: it is often valid code, of flat areas that the picture never had.
	fillB = 512
)

// ownB is how many bytes from the beginning of an item are known to be its own:
// up to the first that no run holds, that was not read from the medium, or that
// other data may have been written over or follow. Of an item that is not its runs as they
// are stored it is all or nothing.
func ownB(it forensics.Item, unread media.Unread, stored bool) int64 {
	if !stored || len(it.Runs) == 0 {
		if it.UnreadB > 0 || len(it.Doubtful) > 0 {
			return 0
		}
		return it.SizeB
	}
	n := int64(0)
	for _, r := range it.Runs {
		end := r.OffsetB + r.LengthB
		switch {
		case r.OffsetB >= 0:
			end = unread.Next(r.OffsetB, end)
			for _, d := range it.Doubtful {
				if d.OffsetB < end && d.OffsetB+d.LengthB > r.OffsetB {
					end = max(r.OffsetB, d.OffsetB)
				}
			}
		case it.State != forensics.Whole: // a part that was not found
			end = r.OffsetB
		}
		n += end - r.OffsetB
		if end < r.OffsetB+r.LengthB {
			break
		}
	}
	n = min(n, it.SizeB)
	if it.State != forensics.Whole && it.Origin == forensics.FromCarving && it.SizeB == n {
		last := it.Runs[len(it.Runs)-1]
		n -= max(0, min((last.OffsetB+last.LengthB)%unitB, last.LengthB))
	}
	return n
}

// believedB is how many of the first sizeB bytes of a JPEG that is not whole are
// shown: those before filling and before a break in the picture. sizeB is a
// boundary of units where foreign data may follow.
func believedB(r io.ReaderAt, sizeB int64) (int64, error) {
	d := jpeg.NewDecoder(r, formats.DefaultLimits())
	type boundary struct {
		offsetB int64
		mcus    int
	}
	var known []boundary
	for k := int64(lookBack); k >= 0; k-- {
		at := sizeB - k*unitB
		if at <= 0 {
			continue
		}
		if _, err := d.Advance(at); err != nil {
			return 0, err
		}
		costs, _ := d.Fit()
		known = append(known, boundary{at, len(costs)})
	}
	dataB := d.Report().DataB
	if dataB == 0 {
		return 0, errNoPicture
	}
	end, err := unfilledB(r, dataB, sizeB)
	if err != nil {
		return 0, err
	}
	costs, across := d.Fit()
	for _, b := range known {
		if b.offsetB < end && misfit(costs, across, b.mcus) >= breakMisfit {
			return b.offsetB, nil
		}
	}
	return end, nil
}

// misfit is how much worse the MCUs from cut on, a row of them, fit the samples
// above than those of two rows before do; 1 when that can not be told.
func misfit(costs []uint16, across, cut int) float64 {
	if cut > len(costs) { // a scan that began anew
		return 1
	}
	mean := func(costs []uint16) (float64, int) {
		sum, n := 0, 0
		for _, c := range costs {
			if c != 65535 { // without a row above
				sum, n = sum+int(c), n+1
			}
		}
		return float64(sum) / float64(max(n, 1)), n
	}
	behind, n := mean(costs[cut:min(len(costs), cut+across)])
	before, m := mean(costs[max(0, cut-2*across):cut])
	if n < 4 || m < 4 {
		return 1
	}
	return (behind + 16) / (before + 16) // sixteenths: a grey level
}

// unfilledB is where filling begins in the first sizeB bytes of r, from offset from
// on; sizeB when there is none.
func unfilledB(r io.ReaderAt, from, sizeB int64) (int64, error) {
	b := bufio.NewReaderSize(io.NewSectionReader(r, from, sizeB-from), 64<<10)
	last, n := byte(0), int64(0)
	for at := from; at < sizeB; at++ {
		c, err := b.ReadByte()
		if errors.Is(err, io.EOF) {
			return at, nil
		}
		if err != nil {
			return 0, err
		}
		if c != last {
			last, n = c, 0
		}
		if n++; n == fillB {
			return at + 1 - fillB, nil
		}
	}
	return sizeB, nil
}
