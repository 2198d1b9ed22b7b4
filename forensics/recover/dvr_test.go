package recover

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/media"
	"firescene/forensics/memo"
	"firescene/forensics/memo/memotest"
	"firescene/formats"
	"firescene/formats/dhav"
	"firescene/formats/dhfs"
	"firescene/formats/hikfs"
	"firescene/formats/wfs"
)

// date packs a recorder's clock.
func date(h, m, s int) uint32 {
	return uint32(24<<26 | 3<<22 | 5<<17 | h<<12 | m<<6 | s)
}

// dhavFrames makes n frames of a channel at twelve a second.
func dhavFrames(rng *rand.Rand, n, channel, hour int) (out [][]byte) {
	for i := range n {
		data := make([]byte, 1000+rng.IntN(9000))
		for k := range data {
			data[k] = byte(rng.IntN(256))
		}
		kind := byte(dhav.Inter)
		if i%12 == 0 {
			kind = dhav.Key
		}
		f := slices.Concat([]byte("DHAV"), []byte{kind, 0, byte(channel), 0},
			le32(uint32(i), uint32(len(data)+32), date(hour, i/12/60, i/12%60)), []byte{byte(i * 83), byte(i * 83 >> 8), 0, 0})
		for _, c := range f[:23] {
			f[23] += c
		}
		out = append(out, slices.Concat(f, data, []byte("dhav"), le32(uint32(len(data)+32))))
	}
	return out
}

func le32(v ...uint32) (b []byte) {
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, x)
	}
	return b
}

func foreign(rng *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.IntN(256))
	}
	return b
}

// interleaved lays streams out in chunks, one of each after the other, with
// foreign sectors between the rounds at times. It returns where chunks lie.
func interleaved(rng *rand.Rand, streams [][]byte, chunkB int) (image []byte, places [][]int) {
	image = make([]byte, 4096)
	places = make([][]int, len(streams))
	for round := 0; ; round++ {
		more := false
		for i, s := range streams {
			if from := round * chunkB; from < len(s) {
				places[i] = append(places[i], len(image))
				image = append(image, s[from:min(from+chunkB, len(s))]...)
				image = append(image, make([]byte, (512-len(image)%512)%512)...)
				more = true
			}
		}
		if !more {
			return append(image, make([]byte, 4096)...), places
		}
		if rng.IntN(3) == 0 {
			image = append(image, foreign(rng, 512*(1+rng.IntN(100)))...)
		}
	}
}

func stream(t *testing.T, f Found, image []byte) []byte {
	t.Helper()
	r := f.Content
	if r == nil {
		r = media.NewRunReader(bytes.NewReader(image), f.Runs)
	}
	b := make([]byte, f.SizeB)
	if n, err := r.ReadAt(b, 0); int64(n) < f.SizeB {
		t.Fatalf("%d of %d bytes: %v", n, f.SizeB, err)
	}
	return b
}

func TestDHAVStreams(t *testing.T) {
	for _, chunkB := range []int{64 << 10, 128 << 10, 376 * 512} {
		rng := rand.New(rand.NewPCG(uint64(chunkB), 1))
		var streams [][]byte
		for c := range 4 {
			streams = append(streams, bytes.Join(dhavFrames(rng, 150+20*c, c, 9+c), nil))
		}
		image, _ := interleaved(rng, streams, chunkB)
		found, err := DHAVStreams(context.Background(), bytes.NewReader(image), int64(len(image)), Options{Exhibit: "E001"})
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != len(streams) {
			t.Errorf("chunks of %d: %d recordings of %d", chunkB, len(found), len(streams))
		}
		for _, f := range found {
			c := int(f.Channel[0] - '1')
			if f.State != forensics.Whole || !bytes.Equal(stream(t, f, image), streams[c]) {
				t.Errorf("chunks of %d, channel %s: %v, %d of %d bytes: %s", chunkB, f.Channel, f.State, f.SizeB, len(streams[c]), f.Reason)
			}
			if want := fmt.Sprintf("2024-03-05 %02d:00:00", 9+c); len(f.Times) != 2 || f.Times[0].Raw != want {
				t.Errorf("channel %s: times %v, want from %s", f.Channel, f.Times, want)
			}
		}
	}
}

// The search for frames goes on wherever it was cut off, and where its parts end
// makes no difference.
func TestFramesGoOn(t *testing.T) {
	defer func(n int64) { framePartB = n }(framePartB)
	rng := rand.New(rand.NewPCG(8, 2))
	var streams [][]byte
	for c := range 3 {
		streams = append(streams, bytes.Join(dhavFrames(rng, 200, c, 9+c), nil))
	}
	image, places := interleaved(rng, streams, 64<<10)
	copy(image[places[1][3]:], foreign(rng, 64<<10))
	list := func(ctx context.Context, s memo.Store) ([]Found, error) {
		return DHAVStreams(ctx, bytes.NewReader(image), int64(len(image)), Options{Exhibit: "E001", Memo: s})
	}
	want, err := list(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	framePartB = 40 << 10
	if got, err := list(context.Background(), nil); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("in small parts: %+v, %v\nwant %+v", got, err, want)
	}
	if units := memotest.Ends(t, list); units < 10 {
		t.Errorf("only %d units", units)
	}
}

// TestJoinDHAV carves a medium without any file system and puts together what was
// found.
func TestJoinDHAV(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	streams := [][]byte{bytes.Join(dhavFrames(rng, 120, 0, 9), nil), bytes.Join(dhavFrames(rng, 120, 1, 9), nil)}
	image, _ := interleaved(rng, streams, 64<<10)
	r := bytes.NewReader(image)
	var finds []carve.Find
	if err := carve.Run(context.Background(), carve.Source{R: r, SizeB: int64(len(image))}, carve.Options{Unaligned: true}, func(f carve.Find) error {
		finds = append(finds, f)
		return nil
	}, nil); err != nil {
		t.Fatal(err)
	}
	if len(finds) < 4 {
		t.Fatalf("carving finds %d pieces", len(finds))
	}
	found, rest, err := JoinDHAV(context.Background(), r, int64(len(image)), finds, Options{Exhibit: "E001"})
	if err != nil || len(found) != 2 || len(rest) != 0 {
		t.Fatalf("%d recordings, %d pieces left, %v", len(found), len(rest), err)
	}
	for i, f := range found {
		if f.State != forensics.Whole || !bytes.Equal(stream(t, f, image), streams[i]) {
			t.Errorf("%d: %v: %s", i, f.State, f.Reason)
		}
	}
	if found, rest, err := JoinDHAV(context.Background(), r, int64(len(image)), nil, Options{}); found != nil || rest != nil || err != nil {
		t.Error("recordings without finds")
	}
}

// TestDHAVOverwritten writes over a chunk: what is left must be frames of the
// recording, each as it was, and never be called whole.
func TestDHAVOverwritten(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 1))
	var streams [][]byte
	true1 := map[string]bool{}
	for c := range 3 {
		fs := dhavFrames(rng, 200, c, 9+c)
		streams = append(streams, bytes.Join(fs, nil))
		for _, f := range fs {
			true1[string(f)] = true
		}
	}
	image, places := interleaved(rng, streams, 128<<10)
	copy(image[places[1][3]:], foreign(rng, 128<<10))
	found, err := DHAVStreams(context.Background(), bytes.NewReader(image), int64(len(image)), Options{Exhibit: "E001"})
	if err != nil {
		t.Fatal(err)
	}
	left := 0
	for _, f := range found {
		if f.Channel == "2" && f.State == forensics.Whole {
			t.Errorf("whole without a chunk: %s", f.Reason)
		}
		b := stream(t, f, image)
		w := formats.NewWindow(bytes.NewReader(b), int64(len(b)), 64<<10)
		s := dhav.Walk(w, 0, func(at int64, x dhav.Frame) {
			if !true1[string(b[at:at+x.LengthB])] {
				t.Errorf("channel %s: the frame at %d was never recorded", f.Channel, at)
			}
		})
		if s.EndB != int64(len(b)) {
			t.Errorf("channel %s: frames to %d of %d: %s", f.Channel, s.EndB, len(b), f.Reason)
		}
		if f.Channel == "2" {
			left += int(s.Frames)
		}
	}
	if left < 160 {
		t.Errorf("%d of 200 frames are left of the recording", left)
	}
}

// dhfsDisk makes a disk of recordings; those of gone have no descriptors.
func dhfsDisk(videos [][]byte, gone []bool) []byte {
	const fragB, fragments, part, super, descs, video = 64 << 10, 64, 1 << 20, 64 * 512, 128 * 512, 256 * 512
	b := make([]byte, part+video+fragments*fragB)
	put := binary.LittleEndian.PutUint32
	copy(b, dhfs.Magic)
	put(b[0x3C34+20:], super/512)
	put(b[0x3C34+48:], part/512)
	copy(b[0x3C74:], "\xAA\x55\xAA\x55")
	s := b[part+super:]
	put(s[0x2C:], 512)
	put(s[0x30:], fragB/512)
	put(s[0x44:], descs/512)
	put(s[0x48:], video/512)
	put(s[0x4C:], fragments)
	next := 1
	places := make([][]int, len(videos))
	for round := range fragments / len(videos) {
		for i, v := range videos {
			if from := round * fragB; from < len(v) {
				copy(b[part+video+next*fragB:], v[from:min(from+fragB, len(v))])
				places[i] = append(places[i], next)
				next++
			}
		}
	}
	for i, p := range places {
		for k, at := range p {
			if gone[i] {
				continue
			}
			d := b[part+descs+at*32:]
			d[0], d[1] = 2, byte(48+i)
			binary.LittleEndian.PutUint16(d[2:], uint16(k))
			put(d[4:], date(9+i, 0, 0))
			put(d[8:], date(9+i, 0, 9))
			if k+1 < len(p) {
				put(d[12:], uint32(p[k+1]))
			}
			if k == 0 {
				d[0] = 1
				binary.LittleEndian.PutUint16(d[2:], uint16(len(p)-1))
				put(d[16:], uint32((len(videos[i])-(len(p)-1)*fragB+511)/512))
			}
			put(d[24:], uint32(p[0]))
		}
	}
	return b
}

func TestDHFS(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	var videos [][]byte
	for c := range 3 {
		videos = append(videos, bytes.Join(dhavFrames(rng, 110-c, c, 9+c), nil))
	}
	image := dhfsDisk(videos, []bool{false, true, false})
	vol, err := dhfs.Open(bytes.NewReader(image), int64(len(image)), formats.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	found, doubts, err := DHFS(context.Background(), vol, int64(len(image)), bytes.NewReader(image), Options{Exhibit: "E001"})
	if err != nil || len(found) != 3 || len(doubts) != 0 {
		t.Fatalf("%d recordings, doubts %v, %v", len(found), doubts, err)
	}
	if units := memotest.Ends(t, func(ctx context.Context, s memo.Store) ([]Found, error) {
		found, _, err := DHFS(ctx, vol, int64(len(image)), bytes.NewReader(image), Options{Exhibit: "E001", Memo: s})
		return found, err
	}); units < 3 {
		t.Errorf("only %d units", units)
	}
	for _, f := range found {
		c := int(f.Channel[0] - '1')
		want := forensics.FromLive
		if c == 1 {
			want = forensics.FromCarving
		}
		if f.State != forensics.Whole || f.Origin != want || !bytes.Equal(stream(t, f, image), videos[c]) {
			t.Errorf("channel %s: %v, %v, %d of %d bytes: %s", f.Channel, f.State, f.Origin, f.SizeB, len(videos[c]), f.Reason)
		}
	}
}

// psStream1 makes a program stream of n packs of 2048 bytes.
func psStream1(rng *rand.Rand, n int) (out []byte) {
	for range n {
		out = append(out, "\x00\x00\x01\xBA\x44\x00\x04\x00\x04\x01\x00\x00\x03\xF8\x00\x00\x01\xE0"...)
		out = binary.BigEndian.AppendUint16(out, 2048-14-6)
		out = append(out, 0x80, 0, 0)
		out = append(out, foreign(rng, 2048-14-9)...)
	}
	return out
}

func TestHIK(t *testing.T) {
	const blockB, blocks, video, tree = 3 << 20, 4, 1 << 20, 64 << 10
	rng := rand.New(rand.NewPCG(6, 6))
	b := make([]byte, video+blocks*blockB)
	put, put64 := binary.LittleEndian.PutUint32, binary.LittleEndian.PutUint64
	m := b[0x200:]
	copy(m[0x10:], hikfs.Signature)
	put64(m[0x78:], video)
	put64(m[0x88:], blockB)
	put(m[0x90:], blocks)
	put64(m[0x98:], tree)
	copy(b[tree+0x10:], "HIKBTREE")
	put64(b[tree+0x58:], tree+0x1000)
	page := b[tree+0x1000:]
	put64(page[0x20:], 1<<64-1)
	var streams [][]byte
	named := uint32(0)
	for i := range blocks {
		s := psStream1(rng, 100+i)
		streams = append(streams, s)
		at := video + i*blockB
		copy(b[at:], s)
		table := b[at+blockB-hikfs.TableB:]
		table[0xD] = byte(i + 1)
		put64(table[0x18:], uint64(at))
		put(table[0x20:], 1709251200+uint32(i)*600)
		put(table[0x24:], 1709251200+uint32(i)*600+60)
		if i == 2 {
			continue // its entry is gone
		}
		e := page[0x60+named*48:]
		e[0x11] = byte(i + 1)
		put(e[0x18:], 1709251200+uint32(i)*600)
		put(e[0x1C:], 1709251200+uint32(i)*600+60)
		put64(e[0x20:], uint64(at))
		named++
	}
	put(page[0x10:], named)
	// what an older recording left behind the end of a newer one
	older := psStream1(rng, 30)
	copy(b[video+blockB+1<<20:], older)
	vol, err := hikfs.Open(bytes.NewReader(b), int64(len(b)), formats.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	found, _, err := HIK(context.Background(), vol, int64(len(b)), bytes.NewReader(b), Options{Exhibit: "E001"})
	if err != nil || len(found) != blocks+1 {
		t.Fatalf("%d streams, %v", len(found), err)
	}
	if units := memotest.Ends(t, func(ctx context.Context, s memo.Store) ([]Found, error) {
		found, _, err := HIK(ctx, vol, int64(len(b)), bytes.NewReader(b), Options{Exhibit: "E001", Memo: s})
		return found, err
	}); units != blocks {
		t.Errorf("%d units of %d blocks", units, blocks)
	}
	for _, f := range found {
		if f.State == forensics.Fragment {
			if !bytes.Equal(stream(t, f, b), older) || f.Channel != "" {
				t.Errorf("the older stream: %d of %d bytes, channel %q", f.SizeB, len(older), f.Channel)
			}
			continue
		}
		i := int(f.Channel[0] - '1')
		if f.State != forensics.Whole || !bytes.Equal(stream(t, f, b), streams[i]) || f.Times[0].Raw != fmt.Sprintf("2024-03-01 00:%d0:00", i) && i > 0 || (f.Origin == forensics.FromLive) != (i != 2) {
			t.Errorf("channel %s: %+v", f.Channel, f.Item)
		}
	}
}

// xmStream makes n frames of a Xiongmai recorder and the pictures in them.
func xmStream(rng *rand.Rand, n, hour int) (out, pictures []byte) {
	for i := range n {
		data := append([]byte{0, 0, 0, 1, 0x41}, foreign(rng, 800+rng.IntN(7000))...)
		switch {
		case i%10 == 0:
			data[4] = 0x65
			out = slices.Concat(out, []byte{0, 0, 1, 0xFC, 2, 25, 0, 0}, le32(date(hour, 0, i/10%60), uint32(len(data))), data)
		case i%10 == 5:
			data = data[:300]
			out = slices.Concat(out, []byte{0, 0, 1, 0xFA, 0, 0, byte(len(data)), byte(len(data) >> 8)}, data)
			continue
		default:
			out = slices.Concat(out, []byte{0, 0, 1, 0xFD}, le32(uint32(len(data))), data)
		}
		pictures = append(pictures, data...)
	}
	return out, pictures
}

func TestWFS(t *testing.T) {
	const fragB, fragments, index, video = 64 << 10, 40, 64 << 10, 128 << 10
	rng := rand.New(rand.NewPCG(7, 7))
	b := make([]byte, video+fragments*fragB)
	put, put16 := binary.LittleEndian.PutUint32, binary.LittleEndian.PutUint16
	copy(b, "WFS0.4")
	copy(b[510:], "XM")
	s := b[0x3000:]
	put(s[0x2C:], 512)
	put(s[0x30:], fragB/512)
	put(s[0x44:], index/512)
	put(s[0x48:], video/512)
	put(s[0x4C:], fragments)
	var want [][]byte
	for i := range 3 {
		data, pictures := xmStream(rng, 120, 9+i)
		want = append(want, pictures)
		n := (len(data) + fragB - 1) / fragB
		order := make([]int, n) // between those of the others
		for k := range order {
			order[k] = 1 + i + 3*k
		}
		for k, at := range order {
			copy(b[video+at*fragB:], data[k*fragB:min(len(data), (k+1)*fragB)])
			if i == 1 {
				continue // deleted
			}
			d := b[index+at*32:]
			d[1], d[31] = 1, byte(2+4*i)
			put16(d[2:], uint16(k))
			if k > 0 {
				put(d[4:], uint32(order[k-1]))
			} else {
				d[1] = 2
				put16(d[2:], uint16(n-1))
				put(d[12:], date(9+i, 0, 0))
				put(d[16:], date(9+i, 0, 11))
				put16(d[22:], uint16((len(data)-(n-1)*fragB+511)/512))
			}
			if k+1 < n {
				put(d[8:], uint32(order[k+1]))
			}
			put(d[24:], uint32(order[0]))
		}
	}
	vol, err := wfs.Open(bytes.NewReader(b), int64(len(b)), formats.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	found, doubts, err := WFS(context.Background(), vol, bytes.NewReader(b), Options{Exhibit: "E001"})
	if err != nil || len(doubts) > 0 {
		t.Fatal(doubts, err)
	}
	if units := memotest.Ends(t, func(ctx context.Context, s memo.Store) ([]Found, error) {
		found, _, err := WFS(ctx, vol, bytes.NewReader(b), Options{Exhibit: "E001", Memo: s})
		return found, err
	}); units < 1 {
		t.Errorf("%d units", units)
	}
	exact := map[int]bool{}
	for _, f := range found {
		got := stream(t, f, b)
		for i, w := range want {
			if bytes.Equal(got, w) {
				exact[i] = true
				if i != 1 && (f.State != forensics.Whole || f.Channel != fmt.Sprint(i+1)) {
					t.Errorf("recording %d: %v, channel %q: %s", i, f.State, f.Channel, f.Reason)
				}
			}
		}
	}
	if len(exact) != 3 || len(found) != 3 {
		t.Errorf("%d of 3 recordings exact, %d items", len(exact), len(found))
		for _, f := range found {
			t.Logf("%v %d %s", f.State, f.SizeB, f.Reason)
		}
	}
}

// FuzzDVR gives damaged disks to all readers of recorders.
func FuzzDVR(f *testing.F) {
	rng := rand.New(rand.NewPCG(9, 9))
	disk := dhfsDisk([][]byte{bytes.Join(dhavFrames(rng, 12, 0, 9), nil)}, []bool{false})
	f.Add(disk[0x3C00:0x3D00], disk[1<<20+64*512:1<<20+64*512+256], uint16(0))
	f.Add([]byte("WFS0.4"), make([]byte, 128), uint16(1))
	f.Add([]byte(hikfs.Signature), make([]byte, 128), uint16(2))
	f.Fuzz(func(t *testing.T, a, c []byte, kind uint16) {
		b := make([]byte, 1<<21)
		copy(b[1<<20:], disk[1<<20:])
		var err error
		ctx, r, lim := context.Background(), io.ReaderAt(bytes.NewReader(b)), formats.Limits{MaxAllocB: 1 << 20, MaxItems: 1 << 12, MaxDepth: 8}
		switch kind % 3 {
		case 0:
			copy(b, dhfs.Magic)
			copy(b[0x3C00:], a)
			copy(b[1<<20+64*512:], c)
			var v *dhfs.Volume
			if v, err = dhfs.Open(r, int64(len(b)), lim); err == nil {
				_, _, err = DHFS(ctx, v, int64(len(b)), r, Options{})
			}
		case 1:
			copy(b, a)
			copy(b, "WFS0.4")
			copy(b[0x3000:], c)
			var v *wfs.Volume
			if v, err = wfs.Open(r, int64(len(b)), lim); err == nil {
				_, _, err = WFS(ctx, v, r, Options{})
			}
		case 2:
			copy(b[0x200:], a)
			copy(b[0x210:], hikfs.Signature)
			copy(b[0x3000:], c)
			var v *hikfs.Volume
			if v, err = hikfs.Open(r, int64(len(b)), lim); err == nil {
				_, _, err = HIK(ctx, v, int64(len(b)), r, Options{})
			}
		}
		if err != nil && !formats.IsDamaged(err) {
			t.Fatal(err)
		}
	})
}

// FuzzDHAVStreams cuts, moves and repeats sectors of a recorder's medium.
func FuzzDHAVStreams(f *testing.F) {
	rng := rand.New(rand.NewPCG(3, 3))
	var streams [][]byte
	for c := range 2 {
		streams = append(streams, bytes.Join(dhavFrames(rng, 30, c, 9), nil))
	}
	image, _ := interleaved(rng, streams, 16<<10)
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8})
	f.Fuzz(func(t *testing.T, moves []byte) {
		b := bytes.Clone(image)
		for i := 0; i+4 <= len(moves) && i < 400; i += 4 {
			from, to := int(moves[i])*len(b)/256/512*512, int(moves[i+1])*len(b)/256/512*512
			n := min(int(moves[i+2])*512, len(b)-max(from, to))
			copy(b[to:to+n], b[from:from+n])
			b[to+int(moves[i+3])] ^= 1
		}
		found, err := DHAVStreams(context.Background(), bytes.NewReader(b), int64(len(b)), Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range found {
			for _, r := range x.Runs {
				if r.OffsetB < 0 || r.LengthB <= 0 || r.OffsetB+r.LengthB > int64(len(b)) {
					t.Fatalf("run %v of an image of %d", r, len(b))
				}
			}
		}
	})
}
