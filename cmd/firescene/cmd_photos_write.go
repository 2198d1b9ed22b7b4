package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"firescene/forensics"
	"firescene/formats/colmap"
	"firescene/formats/e57"
	"firescene/formats/las"
	"firescene/formats/points"
	"firescene/formats/scans"
	"firescene/recon"
	"firescene/recon/sfm"
)

// writePhotosModel writes DIR/sparse, and the cloud as DIR/cloud in the formats
// asked for, each file by way of a temporary name. Of models that do not connect
// with the first one, each goes to a folder DIR/sparse-N. An older record goes
// first, so that a run cut off here is not taken for finished.
func writePhotosModel(dir string, model *recon.SparseModel, cloud *recon.Cloud, formats []scans.Format) ([]forensics.FileHash, error) {
	if err := os.Remove(filepath.Join(dir, stepFile)); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	if err := removeOld(dir); err != nil {
		return nil, err
	}
	var names []string
	for i, m := range append([]*recon.SparseModel{model}, model.Others...) {
		written, err := writeSparse(dir, sparseFolder(i), m)
		if err != nil {
			return nil, err
		}
		names = append(names, written...)
	}
	for _, f := range formats {
		name := cloudName(f)
		if err := writePhotoCloud(filepath.Join(dir, name), f, cloud); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	written := make([]forensics.FileHash, len(names))
	for i, name := range names {
		sum, size, err := hashFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		written[i] = forensics.FileHash{Path: name, SizeB: size, SHA256: sum}
	}
	return written, nil
}

// sparseFolder names the folder of model i.
func sparseFolder(i int) string {
	if i == 0 {
		return sparseDir
	}
	return fmt.Sprintf("%s-%d", sparseDir, i+1)
}

// removeOld removes what an earlier run with more models or formats left.
func removeOld(dir string) error {
	old, err := filepath.Glob(filepath.Join(dir, sparseDir+"-[0-9]*"))
	if err != nil {
		return err
	}
	for _, f := range cloudFormats {
		old = append(old, filepath.Join(dir, cloudName(f)))
	}
	for _, path := range old {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return nil
}

// writeSparse writes a model as COLMAP text into a folder below dir.
func writeSparse(dir, folder string, model *recon.SparseModel) (names []string, err error) {
	m := sfm.ToCOLMAP(model)
	for _, f := range []struct {
		name  string
		write func(*bytes.Buffer) error
	}{
		{"cameras.txt", func(b *bytes.Buffer) error { return colmap.WriteCameras(b, m.Cameras) }},
		{"images.txt", func(b *bytes.Buffer) error { return colmap.WriteImages(b, m.Images) }},
		{"points3D.txt", func(b *bytes.Buffer) error { return colmap.WritePoints(b, m.Points) }},
	} {
		var b bytes.Buffer
		if err := f.write(&b); err != nil {
			return nil, err
		}
		if err := writeFile(filepath.Join(dir, folder, f.name), b.Bytes()); err != nil {
			return nil, err
		}
		names = append(names, folder+"/"+f.name)
	}
	return names, nil
}

// cloudFormats are those that a cloud of photos is written in.
var cloudFormats = []scans.Format{scans.PLY, scans.LAS, scans.E57}

// cloudName is the file of a cloud below the output folder.
func cloudName(f scans.Format) string { return "cloud." + strings.ToLower(string(f)) }

// parseFormats gives PLY and the formats of a list such as "las,e57".
func parseFormats(list []string) ([]scans.Format, error) {
	out := []scans.Format{scans.PLY}
	for _, word := range list {
		f := scans.Format(strings.ToUpper(strings.TrimSpace(word)))
		if !slices.Contains(cloudFormats, f) {
			return nil, fmt.Errorf("--also %s: it is not written; give las or e57", word)
		}
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out, nil
}

// writePhotoCloud writes a cloud in memory. LAS and E57 say by their rules that the
// unit is the metre: a cloud without a scale carries its note in the name of the
// scan and in the system identifier.
func writePhotoCloud(path string, format scans.Format, cloud *recon.Cloud) error {
	switch format {
	case scans.LAS:
		return writeCloudLAS(path, cloud)
	case scans.E57:
		return writeCloudE57(path, cloud)
	}
	return writeCloudPLY(path, cloud)
}

func writeCloudLAS(path string, cloud *recon.Cloud) error {
	box := cloud.Bounds()
	opts := las.Options{NoColour: cloud.RGB == nil, Extra: extraNames(cloud)}
	opts.Scale, opts.Offset = finestStep(bounds3{Min: [3]float64{box.Min.X, box.Min.Y, box.Min.Z}, Max: [3]float64{box.Max.X, box.Max.Y, box.Max.Z}}, 1e-9)
	if !cloud.Scaled {
		opts.System = points.NoUnitSystem
	}
	return replaceFile(path, func(f *os.File) error {
		_, err := las.Write(f, opts, cloudChunks(cloud, 0, 65535))
		return err
	})
}

func writeCloudE57(path string, cloud *recon.Cloud) error {
	o := cloud.Origin
	name := "photos"
	if !cloud.Scaled {
		name += ", " + points.NoUnitNote
	}
	scan := e57.ScanSource{
		Info: points.ScanInfo{Name: name, HasRGB: cloud.RGB != nil, HasIntensity: cloud.Intensity != nil, HasNormal: cloud.Normal != nil, WorldFromScan: points.IdentityPose},
		Next: cloudChunks(cloud, 0, 1), Single: o.X == 0 && o.Y == 0 && o.Z == 0,
	}
	return replaceFile(path, func(f *os.File) error {
		_, err := e57.Write(f, []e57.ScanSource{scan}, e57.Options{})
		return err
	})
}

// write keeps all numbers of a run as DIR/photos.json. Where the files lay and how
// long it took is no part of them.
func (s photosSummary) write(dir string) (forensics.FileHash, error) {
	s.Out, s.Model, s.Cloud, s.Seconds = "", sparseDir, photosCloud, 0
	s.Photos = slices.Clone(s.Photos)
	for i := range s.Photos {
		s.Photos[i].Path = filepath.Base(s.Photos[i].Path)
	}
	s.Others = slices.Clone(s.Others)
	for i := range s.Others {
		s.Others[i].Model = sparseFolder(i + 1)
	}
	path := filepath.Join(dir, photosNumbers)
	if err := writeJSON(path, s); err != nil {
		return forensics.FileHash{}, err
	}
	sum, sizeB, err := hashFile(path)
	return forensics.FileHash{Path: photosNumbers, SizeB: sizeB, SHA256: sum}, err
}

// Names below the output folder of photos.
const (
	sparseDir     = "sparse"
	photosCloud   = "cloud.ply"
	photosNumbers = "photos.json"
)

// loadSparse reads the model that runPhotos wrote to dir. Whether its unit is the
// metre is taken from the step record beside it.
func loadSparse(dir string) (*recon.SparseModel, error) {
	var m colmap.Model
	for _, f := range []struct {
		name string
		read func(*os.File) error
	}{
		{"cameras.txt", func(f *os.File) (err error) { m.Cameras, err = colmap.ReadCameras(f); return err }},
		{"images.txt", func(f *os.File) (err error) { m.Images, err = colmap.ReadImages(f); return err }},
		{"points3D.txt", func(f *os.File) (err error) { m.Points, err = colmap.ReadPoints(f); return err }},
	} {
		path := filepath.Join(dir, sparseDir, f.name)
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		err = f.read(file)
		file.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	model, err := sfm.FromCOLMAP(&m)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	if step, err := readStep(dir); err == nil {
		model.Scaled = step.Params["scaled"] == "true"
		model.ScaleWhy = step.Params["scaleWhy"]
	}
	return model, nil
}
