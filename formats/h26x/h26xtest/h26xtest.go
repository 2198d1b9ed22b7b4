// Package h26xtest makes small streams of H.264 for tests, apart from how they are
// read.
package h26xtest

import "math/rand/v2"

// bitWriter writes bits and units.
type bitWriter struct {
	b []byte
	n int
}

func (w *bitWriter) bits(v uint32, n int) {
	for i := n - 1; i >= 0; i-- {
		if w.n%8 == 0 {
			w.b = append(w.b, 0)
		}
		w.b[len(w.b)-1] |= byte(v>>i&1) << (7 - w.n%8)
		w.n++
	}
}

func (w *bitWriter) ue(v uint32) {
	n := 0
	for (v+1)>>(n+1) > 0 {
		n++
	}
	w.bits(0, n)
	w.bits(v+1, n+1)
}

// unit ends the bits and makes a unit of a byte stream of them.
func (w *bitWriter) unit(head ...byte) []byte {
	w.bits(1, 1)
	out := append([]byte{0, 0, 0, 1}, head...)
	zeros := 0
	for _, c := range w.b {
		if zeros >= 2 && c <= 3 {
			out, zeros = append(out, 3), 0
		}
		out = append(out, c)
		if zeros++; c != 0 {
			zeros = 0
		}
	}
	return out
}

const wideMB, highMB = 4, 3

// Width is the width of the pictures in samples.
const Width = 16 * wideMB

// AVC makes a byte stream of n pictures of H.264: its parameter sets, a picture of
// plain samples, and the rest of skipped macroblocks and some that move.
func AVC(n int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	var s bitWriter
	s.bits(66<<16|0xC0<<8|30, 24)
	for _, v := range []uint32{0, 0, 2, 1} {
		s.ue(v) // set, frame numbers of 4 bits, order 2, one reference
	}
	s.bits(0, 1)
	s.ue(wideMB - 1)
	s.ue(highMB - 1)
	s.bits(0b1100, 4)
	var p bitWriter
	p.ue(0)
	p.ue(0)
	p.bits(0, 2)
	p.ue(0)
	p.ue(0)
	p.ue(0)
	p.bits(0, 3)
	p.ue(0)
	p.ue(0)
	p.ue(0)
	p.bits(0, 3)
	out := append(s.unit(0x67), p.unit(0x68)...)
	for k := range n {
		var w bitWriter
		w.ue(0)
		if k == 0 {
			w.ue(7)
			w.ue(0)
			w.bits(0, 4)
			w.ue(0)      // picture
			w.bits(0, 2) // marking
			w.ue(0)      // qp
			for range wideMB * highMB {
				w.ue(25)
				w.bits(0, (8-w.n%8)%8)
				for range 384 {
					w.bits(uint32(rng.IntN(256)), 8)
				}
			}
			out = append(out, w.unit(0x65)...)
			continue
		}
		w.ue(5)
		w.ue(0)
		w.bits(uint32(k&15), 4)
		w.bits(0, 3) // references, order, marking
		w.ue(0)      // qp
		for at := 0; at < wideMB*highMB; at++ {
			run := min(rng.IntN(3), wideMB*highMB-at)
			w.ue(uint32(run))
			if at += run; at < wideMB*highMB {
				w.ue(0)
				w.ue(uint32(rng.IntN(4000)))
				w.ue(uint32(rng.IntN(4000)))
				w.ue(0) // no coefficients
			}
		}
		out = append(out, w.unit(0x41)...)
	}
	return out
}
