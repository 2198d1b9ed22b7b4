package sqlitefile

import "testing"

// The count of fixed pages in a range is that of looking at each page.
func TestFixedPages(t *testing.T) {
	for _, h := range []Header{{PageB: 512, UsableB: 512, LargestRoot: 3}, {PageB: 65536, UsableB: 65500, LargestRoot: 3}, {PageB: 65536, UsableB: 65536}} {
		for _, r := range [][2]uint32{{0, 1}, {1, 2}, {2, 2}, {2, 105}, {104, 20000}, {16384, 16400}, {99, 40000}} {
			want := uint32(0)
			for no := r[0] + 1; no <= r[1]; no++ {
				if h.mapPage(no) || no == h.lockPage() {
					want++
				}
			}
			if got := h.fixed(r[0], r[1]); got != want {
				t.Errorf("%+v in %v: %d, want %d", h, r, got, want)
			}
		}
	}
}
