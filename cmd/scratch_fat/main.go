package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"firescene/forensics"
	"firescene/forensics/media"
	"firescene/forensics/recover"
)

func main() {
	im, err := media.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	out := os.Args[2]
	os.RemoveAll(out)
	os.MkdirAll(out, 0o755)
	t := time.Now()
	l, err := im.Layout()
	if err != nil {
		panic(err)
	}
	fmt.Println("layout", time.Since(t))
	for _, w := range l.Warnings {
		fmt.Println("WARN", w)
	}
	n := 0
	for _, v := range l.Volumes {
		fmt.Printf("VOLUME %d %s +%d %q %v\n", v.OffsetB, v.Kind, v.LengthB, v.Label, v.Err)
		found, doubts, err := recover.Volume(context.Background(), v, im, recover.Options{Exhibit: "IMG", Unread: im.Unread})
		if err != nil {
			fmt.Println("ERR", err)
			continue
		}
		for _, d := range doubts {
			fmt.Println("DOUBT", d)
		}
		for _, f := range found {
			if f.Origin != forensics.FromLive {
				fmt.Printf("%s %s %s %d %.2f %s | %s | runs %d\n", f.Origin, f.State, f.Type, f.SizeB, f.Confidence, f.Name, f.Reason, len(f.Runs))
			}
			if f.State != forensics.Whole {
				continue
			}
			n++
			ext := filepath.Ext(f.Name)
			w, err := os.Create(filepath.Join(out, fmt.Sprintf("%05d%s", n, ext)))
			if err != nil {
				panic(err)
			}
			var r io.ReaderAt = media.NewRunReader(im, f.Runs)
			if f.Content != nil {
				r = f.Content
			}
			if _, err := io.Copy(w, io.NewSectionReader(r, 0, f.SizeB)); err != nil {
				fmt.Println("COPY", err)
			}
			w.Close()
		}
	}
	fmt.Println("done", time.Since(t))
}
