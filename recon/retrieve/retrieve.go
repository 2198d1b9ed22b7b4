// Package retrieve says which photos of a set are likely to show the same place,
// without comparing every pair: descriptors become words of a vocabulary learnt
// from the set itself, and photos are compared by the words they share.
//
// Based on: J. Sivic and A. Zisserman, Video Google: a text retrieval approach
// to object matching in videos, ICCV 2003; D. Nister and H. Stewenius, Scalable
// recognition with a vocabulary tree, CVPR 2006; words that repeat within a photo
// count by the root of their number, as in H. Jegou, M. Douze and C. Schmid, On
// the burstiness of visual elements, CVPR 2009.
package retrieve

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"

	"firescene/recon/feature"
)

const dims = feature.DescriptorLen

// Options sizes the vocabulary. The zero value of a field means the default
// named with it.
type Options struct {
	Sample  int // descriptors that the vocabulary is learnt from (60,000)
	PerPage int // descriptors of one photo that are looked up, from the first on (2,500)
	Branch  int // children of a node of the tree (10)
	Leaf    int // descriptors of the sample below which a node is not split (12)
	Workers int // goroutines; the result does not depend on it (1)
}

func (o Options) withDefaults() Options {
	set := func(p *int, v int) {
		if *p <= 0 {
			*p = v
		}
	}
	set(&o.Sample, 60_000)
	set(&o.PerPage, 2500)
	set(&o.Branch, 10)
	set(&o.Leaf, 12)
	set(&o.Workers, 1)
	return o
}

// Index holds the words of every photo of a set.
type Index struct {
	pages    [][]term // of a photo, by word; of length one
	postings [][]use  // of a word, by photo
}

type term struct {
	word   int32
	weight float32
}

type use struct {
	photo  int32
	weight float32
}

// Hit is a photo that shares words with another, and how much: the cosine of
// their weighted words, 0 to 1.
type Hit struct {
	Photo int
	Score float32
}

// Build learns a vocabulary from the descriptors of all photos and looks every
// photo up in it. desc holds DescriptorLen bytes a descriptor, those most likely
// to be found again first; a photo without any is no neighbour of another. The
// only error is the context's.
func Build(ctx context.Context, desc [][]uint8, opt Options) (*Index, error) {
	opt = opt.withDefaults()
	t, err := learn(ctx, sample(desc, opt), opt)
	if err != nil {
		return nil, err
	}
	x := &Index{pages: make([][]term, len(desc)), postings: make([][]use, t.words)}
	err = parallel(ctx, opt.Workers, len(desc), func(i int) {
		d := desc[i][:min(len(desc[i]), opt.PerPage*dims)]
		words := make([]int32, len(d)/dims)
		for k := range words {
			words[k] = t.word((*[dims]uint8)(d[k*dims:]))
		}
		x.pages[i] = counted(words)
	})
	if err != nil {
		return nil, err
	}
	x.weigh()
	return x, nil
}

// counted sums up the words of one photo; the weight is the root of the number.
func counted(words []int32) []term {
	slices.Sort(words)
	var page []term
	for i := 0; i < len(words); {
		j := i
		for j < len(words) && words[j] == words[i] {
			j++
		}
		page = append(page, term{words[i], float32(math.Sqrt(float64(j - i)))})
		i = j
	}
	return page
}

// weigh gives every word the weight of its rarity, brings the photos to length
// one and fills the postings.
func (x *Index) weigh() {
	photos := make([]int, len(x.postings))
	for _, page := range x.pages {
		for _, t := range page {
			photos[t.word]++
		}
	}
	for i, page := range x.pages {
		sum := 0.0
		for k := range page {
			page[k].weight *= float32(math.Log(float64(len(x.pages)) / float64(photos[page[k].word])))
			sum += float64(page[k].weight) * float64(page[k].weight)
		}
		if sum == 0 {
			continue
		}
		scale := float32(1 / math.Sqrt(sum))
		for k := range page {
			page[k].weight *= scale
			if page[k].weight > 0 {
				x.postings[page[k].word] = append(x.postings[page[k].word], use{int32(i), page[k].weight})
			}
		}
	}
}

// Nearest lists the photos that share most with photo i, best first, at most k
// and without i itself. Of equal ones the lower index comes first.
func (x *Index) Nearest(i, k int) []Hit {
	score := make([]float32, len(x.pages))
	for _, t := range x.pages[i] {
		for _, u := range x.postings[t.word] {
			score[u.photo] += t.weight * u.weight
		}
	}
	score[i] = 0
	var hits []Hit
	for p, s := range score {
		if s > 0 {
			hits = append(hits, Hit{p, s})
		}
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
	return hits[:min(k, len(hits))]
}

// parallel runs f for 0..n-1 on the workers until the context ends.
func parallel(ctx context.Context, workers, n int, f func(i int)) error {
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(workers, n) {
		wg.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	return ctx.Err()
}
