package carve

import "firescene/forensics"

// holding says what a type lawfully holds of other files, as they are or nearly.
type holding int8

const (
	holdsNothing  holding = iota
	holdsPreviews         // a few pictures
	holdsPictures         // any number of pictures
	holdsFiles            // any files
)

// holders are the types that hold files: archives, documents, data bases, and
// pictures and videos with previews or with frames that are pictures.
var holders = map[string]holding{
	"zip": holdsFiles, "docx": holdsFiles, "xlsx": holdsFiles, "pptx": holdsFiles, "odt": holdsFiles, "epub": holdsFiles, "jar": holdsFiles, "apk": holdsFiles,
	"tar": holdsFiles, "7z": holdsFiles, "rar": holdsFiles, "cab": holdsFiles, "ole2": holdsFiles, "eml": holdsFiles, "mbox": holdsFiles, "pst": holdsFiles,
	"sqlite": holdsFiles, "evtx": holdsFiles, "journald": holdsFiles, "regf": holdsFiles, "thumbcache": holdsFiles,
	"pdf": holdsPictures, "mp4": holdsPictures, "mov": holdsPictures, "avi": holdsPictures, "mkv": holdsPictures, "webm": holdsPictures, "asf": holdsPictures,
	"flv": holdsPictures, "mp3": holdsPictures, "flac": holdsPictures,
	"heic": holdsPreviews, "heif": holdsPreviews, "avif": holdsPreviews, "tiff": holdsPreviews, "dng": holdsPreviews, "cr2": holdsPreviews, "cr3": holdsPreviews,
	"crw": holdsPreviews, "nef": holdsPreviews, "nrw": holdsPreviews, "arw": holdsPreviews, "sr2": holdsPreviews, "orf": holdsPreviews, "rw2": holdsPreviews,
	"raf": holdsPreviews, "pef": holdsPreviews, "srw": holdsPreviews, "psd": holdsPreviews,
}

// maxPreviews is how many whole pictures at sectors a picture with previews has
// at most: by chance one in 512 previews lies so, and some cameras put them there.
const maxPreviews = 4

// pictures are the types that are worth having out of a whole file that holds
// them.
var pictures = map[string]bool{"jpeg": true, "png": true, "gif": true, "webp": true, "tiff": true, "heic": true, "avif": true}

func (f *Find) holding() holding {
	if f.Type == nil {
		return holdsNothing
	}
	return max(holders[f.Type.Name], holders[f.Kind])
}

func (f *Find) holds() bool { return f.holding() != holdsNothing }

// unsure reports whether a find that holds files could still be refuted by what is
// in it: it rests on lengths alone, and does not hold just anything.
func (f *Find) unsure() bool {
	return f.State == forensics.Whole && f.Proof == ByLength && f.holds() && f.holding() != holdsFiles
}

// refutes reports whether a proved find can not lie in one that is unsure.
func (f *Find) refutes(a *Find) bool {
	return f.strong() && f.Aligned && (!pictures[f.Type.Name] || a.holding() == holdsPreviews && a.previews >= maxPreviews)
}

// hardB is the length of the part of a find in which no other files begin, except
// those that it holds.
func (f *Find) hardB() int64 {
	switch {
	case f.LengthB == 0:
		return 0
	case f.State != forensics.Whole:
		return min(f.SureB, f.LengthB)
	case f.Proof >= ByCode || f.holds():
		return f.LengthB
	}
	return 1
}

// strong reports whether a find's content itself proves it.
func (f *Find) strong() bool {
	return f.State == forensics.Whole && f.Proof >= ByCode
}
