package recover

import (
	"bytes"
	"testing"

	"firescene/forensics"
	"firescene/formats/fat/fattest"
)

// Deleted files of no known type, written round each other: where the filling of
// their last clusters begins tells which is whose.
func TestRoundOtherFiles(t *testing.T) {
	for name, filled := range map[string]bool{"filled": true, "not filled": false} {
		v := fattest.New(16, 5000)
		fill(v, 10, 900)
		cs := v.ClusterB
		put := func(name string, seed uint64, size int, where ...[]uint32) []byte {
			data, clusters := noise(seed, size), pieces(where...)
			data[size-1] = 7
			v.Put(name, data, clusters)
			v.Delete(name)
			last := v.Image[v.Offset(clusters[len(clusters)-1]):][:cs]
			if used := (size-1)%cs + 1; filled {
				clear(last[used:])
			} else {
				copy(last[used:], noise(seed+50, cs))
			}
			return data
		}
		want := map[string][]byte{
			"one.dat":   put("one.dat", 1, cs+40, []uint32{100, 102}),
			"two.dat":   put("two.dat", 2, 3*cs+90, []uint32{101, 103, 105, 106}),
			"three.dat": put("three.dat", 3, 50, []uint32{104}),
			"four.dat":  put("four.dat", 4, 2*cs+30, fattest.Seq(200, 3)),
		}
		put("old.dat", 5, 4*cs+70, fattest.Seq(300, 5))
		over := put("over.dat", 6, cs+60, fattest.Seq(303, 2)) // the end of old.dat
		put("hole.dat", 7, 5*cs+80, fattest.Seq(400, 6))
		want["hole2.dat"] = put("hole2.dat", 8, 77, []uint32{402})
		want["over.dat"] = over
		items := listFAT(t, v.Image)
		for file, data := range want {
			it := items[file]
			if right := it.State == forensics.Whole && bytes.Equal(content(v.Image, it), data); right != filled && (filled || len(it.Runs) > 1) {
				t.Errorf("%s, %s: %s %q, runs %v", name, file, it.State, it.Reason, it.Runs)
			}
		}
		for _, file := range []string{"old.dat", "hole.dat"} {
			if it := items[file]; it.State == forensics.Whole {
				t.Errorf("%s, %s, which others were written over: %q, runs %v", name, file, it.Reason, it.Runs)
			}
		}
	}
}
