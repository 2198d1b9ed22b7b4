// Package lanes is eight single-precision numbers at once: AVX2 registers where the
// build and the processor have them, plain Go with the same bits elsewhere. Kernels
// that are written with Vec exist once for both.
package lanes

// Width is the number of lanes.
const Width = 8
