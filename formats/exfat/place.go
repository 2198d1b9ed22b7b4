package exfat

// Place is where the bytes of a file lie.
type Place struct {
	Extents []Extent
	FoundB  int64  // bytes that the extents hold: SizeB of the entry, or fewer
	Fault   string // why there are fewer; empty when there are not
}

// Place returns the place of a file by its run or its chain, whoever uses the
// clusters now: for a deleted file the caller asks Free.
func (v *Volume) Place(e Entry) Place {
	if e.SizeB == 0 {
		return Place{}
	}
	need := v.clustersOf(e.SizeB)
	var p Place
	var x []Extent
	var n int64
	if e.OneRun {
		if x, n = v.run(e.Cluster, need); n < need {
			p.Fault = "its run of clusters leaves the volume"
		}
	} else {
		x, n, p.Fault = v.chain(e.Cluster, need)
		if n < need && p.Fault == "" {
			p.Fault = "the cluster chain is shorter than the file"
		} else if n == need {
			p.Fault = ""
		}
	}
	p.Extents, p.FoundB = v.trim(x, e.SizeB)
	if p.FoundB < e.SizeB && p.Fault == "" {
		p.Fault = "the image ends inside the file"
	}
	return p
}

// ChainEnds reports whether the chain of a file has as many clusters as its size
// takes and an end mark behind them, as a chain that is still its own has.
func (v *Volume) ChainEnds(e Entry) bool {
	need := v.clustersOf(e.SizeB)
	_, n, fault := v.chain(e.Cluster, need+1)
	return n == need && fault == ""
}
