package riff

import (
	"encoding/binary"
	"fmt"
	"io"

	"firescene/formats/follow"
)

// WebPHead reports whether b begins like a WebP picture.
func WebPHead(b []byte) bool {
	form, end, ok := Header(b)
	if !ok || form != "WEBP" || len(b) < 20 || end < 20 {
		return false
	}
	id := string(b[12:16])
	return (id == "VP8 " || id == "VP8L" || id == "VP8X") && int64(binary.LittleEndian.Uint32(b[16:])) <= end-20
}

// CheckWebP follows the WebP picture that begins at offset 0 of r over at most
// size bytes: the order and the lengths of its chunks and the headers of its
// pictures. The coded samples are not decoded: they are only held to be no text,
// and the end to be one of a file where its last sector is filled behind it.
func CheckWebP(r io.ReaderAt, size int64) (follow.Report, error) {
	w := &webp{r: r, c: follow.New(r, size)}
	w.run()
	return w.rep, w.c.Err()
}

type webp struct {
	r                     io.ReaderAt
	c                     *follow.Cursor
	rep                   follow.Report
	extended, anim        bool
	width, height, frames int
	still                 bool
	text                  int64 // where foreign text begins in a coded picture
}

func (w *webp) run() {
	b := w.c.Peek(20)
	if b == nil || !WebPHead(b) {
		w.rep.Stop(follow.Not, "no RIFF header of a WebP picture")
		return
	}
	_, end, _ := Header(b)
	end += end & 1
	w.rep.NeedB = end
	at := int64(12)
	for at < end {
		ch, ok := ChunkAt(w.c, at)
		if !ok || ch.NextB > end {
			w.fail(at, at+8, "no valid chunk header")
			return
		}
		if bad := w.chunk(ch, at == 12); bad != "" {
			if w.text > 0 {
				w.still = true
				w.fail(w.text, w.text+follow.TextB, bad)
			} else {
				w.fail(at, ch.DataB+40, bad)
			}
			return
		}
		w.rep.SureB = ch.DataB
		if ch.NextB > w.c.Size() {
			w.fail(at, 0, "")
			return
		}
		at = ch.NextB
	}
	if !w.still && w.frames == 0 {
		w.fail(at, at, "no picture in it")
		return
	}
	depth := follow.Lengths
	if follow.FilledBehind(w.r, w.c.Size(), end) {
		depth, w.rep.Checked = follow.Codes, "its lengths lead to where the last sector is filled with zeros; its codes were not followed"
	}
	w.rep.Done(end, depth)
	w.rep.What = fmt.Sprintf("WebP %dx%d", w.width, w.height)
	if w.frames > 0 {
		w.rep.What += fmt.Sprintf(", %d frames", w.frames)
	}
}

// fail ends the walk at a chunk that can not be read. What lies between chunk
// headers is opaque, so only a valid header proves what is before it.
func (w *webp) fail(at, fail int64, why string) {
	if fail == 0 || fail > w.c.Size() {
		w.rep.Stop(follow.Truncated, "the data ends inside the chunk at %d", at)
		w.rep.GoodB = w.c.Size()
	} else {
		w.rep.Stop(follow.Damaged, "%s at %d", why, at)
		w.rep.FailB, w.rep.GoodB = fail, at
	}
	if !w.still && w.frames == 0 {
		w.rep.GoodB = 0
	}
}

// chunk checks one chunk's header and returns what is wrong with it.
func (w *webp) chunk(ch Chunk, first bool) string {
	switch {
	case first == (ch.ID != "VP8 " && ch.ID != "VP8L" && ch.ID != "VP8X"):
		if first {
			return "the first chunk is no picture"
		}
		if !w.extended || ch.ID == "VP8X" {
			return "a second picture"
		}
		fallthrough
	case ch.ID == "VP8 " || ch.ID == "VP8L":
		if w.still || w.anim {
			return "a second picture"
		}
		w.still = true
		return w.picture(ch, !w.extended)
	case ch.ID == "VP8X":
		b := w.c.Peek(10)
		if b == nil || ch.SizeB < 10 {
			return "VP8X too short"
		}
		w.extended = true
		w.width, w.height = 1+u24(b[4:]), 1+u24(b[7:])
		if int64(w.width)*int64(w.height) >= 1<<32 || b[0]&0xC1 != 0 {
			return "VP8X not valid"
		}
	case ch.ID == "ANIM":
		w.anim = true
	case ch.ID == "ANMF":
		return w.frame(ch)
	}
	return ""
}

// frame checks one frame of an animation, RFC 9649 section 2.7.1.1.
func (w *webp) frame(ch Chunk) string {
	b := w.c.Peek(16)
	if b == nil || ch.SizeB < 24 || !w.anim {
		return "frame not valid"
	}
	if 2*u24(b)+1+u24(b[6:]) > w.width || 2*u24(b[3:])+1+u24(b[9:]) > w.height {
		return "frame outside the canvas"
	}
	end, got := ch.DataB+ch.SizeB, false
	for at := ch.DataB + 16; at < end && at < w.c.Size(); {
		sub, ok := ChunkAt(w.c, at)
		if !ok || sub.DataB+sub.SizeB > end {
			return "frame's chunk not valid"
		}
		if sub.ID == "VP8 " || sub.ID == "VP8L" {
			if bad := w.picture(sub, false); bad != "" {
				return bad
			}
			got = true
		}
		at = sub.NextB
	}
	if !got && end <= w.c.Size() {
		return "frame without a picture"
	}
	w.frames++
	return ""
}

// picture checks the header of a coded picture: RFC 6386 section 9.1 for VP8,
// RFC 9649 section 3.4 for VP8L.
func (w *webp) picture(ch Chunk, sets bool) string {
	w.c.MoveTo(ch.DataB)
	b := w.c.Peek(int(min(10, ch.SizeB)))
	if len(b) < 5 {
		return "picture too short"
	}
	var width, height int
	if ch.ID == "VP8L" {
		v := binary.LittleEndian.Uint32(b[1:])
		width, height = 1+int(v&0x3FFF), 1+int(v>>14&0x3FFF)
		if b[0] != 0x2F || v>>29 != 0 {
			return "VP8L header not valid"
		}
	} else {
		if len(b) < 10 || b[0]&1 != 0 || b[0]>>1&7 > 3 || string(b[3:6]) != "\x9D\x01\x2A" {
			return "VP8 key frame header not valid"
		}
		width, height = int(binary.LittleEndian.Uint16(b[6:])&0x3FFF), int(binary.LittleEndian.Uint16(b[8:])&0x3FFF)
		if width == 0 || height == 0 || int64(u24(b)>>5) > ch.SizeB-10 {
			return "VP8 key frame header not valid"
		}
	}
	if sets {
		w.width, w.height = width, height
	}
	if at := w.c.Text(ch.DataB+10, min(ch.DataB+ch.SizeB, w.c.Size())); at >= 0 {
		w.text = at
		return "text in the coded picture"
	}
	return ""
}

func u24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
