package samples

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"time"

	"firescene/samples/disk"
)

// TinyDisk returns a FAT32 image of 36 MiB, about the least that FAT32 allows,
// with six small files: a live text, a live and two deleted pictures, a deleted
// one in two fragments, and a picture that no entry names.
func TinyDisk(seed int64) ([]byte, []disk.Record, error) {
	when := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	v, err := disk.New(36<<20, "TINY", when, seed)
	if err != nil {
		return nil, nil, err
	}
	rng := rand.New(rand.NewPCG(uint64(seed), 0x717))
	picture := func() []byte {
		img := image.NewGray(image.Rect(0, 0, 96, 64))
		a, b := 3+rng.IntN(9), 2+rng.IntN(9)
		for y := range 64 {
			for x := range 96 {
				img.SetGray(x, y, color.Gray{uint8(120 + a*x/4 - b*y/3 + rng.IntN(30))})
			}
		}
		var buf bytes.Buffer
		if err := jpeg.Encode(&buf, img, nil); err != nil {
			panic(err) // a grey picture in memory can always be encoded
		}
		return buf.Bytes()
	}
	v.Mkdir("DCIM", when)
	v.Write("note.txt", []byte("clock checked 12:00\n"), when)
	v.Write("DCIM/PIC1.JPG", picture(), when)
	v.Write("DCIM/PIC2.JPG", picture(), when)
	v.Write("DCIM/a long name 图.jpg", picture(), when)
	split := picture()
	v.Write("DCIM/PIC4.JPG", split[:1024], when)
	v.Gap(3)
	v.Append("DCIM/PIC4.JPG", split[1024:])
	v.Gap(5)
	v.Orphan(picture())
	for _, p := range []string{"DCIM/PIC2.JPG", "DCIM/a long name 图.jpg", "DCIM/PIC4.JPG"} {
		v.Delete(p)
	}
	return v.Image(), v.Records(), nil
}
