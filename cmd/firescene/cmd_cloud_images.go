package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/formats/e57"
	"firescene/formats/scans"
)

func (a *app) cloudImagesCmd() *cobra.Command {
	var out string
	var ignore bool
	c := &cobra.Command{
		Use:   "images FILE.e57... -o DIR",
		Short: "Extract the pictures that E57 files hold",
		Long: `Write the pictures stored in E57 files to DIR, unchanged, and images.json beside
them: of each its projection (pinhole, spherical, cylindrical or visual), pose,
focal length and pixel size as stored, and the scan that it belongs to.` + exitStatusHelp,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if out == "" {
				return usageError{errors.New("give the folder to write with -o DIR")}
			}
			return a.finish(runCloudImages(c.Context(), args, out, ignore))
		},
	}
	c.Flags().StringVarP(&out, "output", "o", "", "folder to write")
	c.Flags().BoolVar(&ignore, "ignore-checksums", false, "read E57 pages whose checksum is wrong; they are listed")
	return c
}

// cloudImage is one picture of images.json.
type cloudImage struct {
	File           string         `json:"file"`
	Source         string         `json:"source"`
	Name           string         `json:"name"`
	GUID           string         `json:"guid,omitempty"`
	ScanGUID       string         `json:"scan,omitempty"`
	Projection     e57.Projection `json:"projection"`
	WidthPx        int            `json:"width"`
	HeightPx       int            `json:"height"`
	WorldFromImage *[16]float64   `json:"worldFromImage,omitempty"` // 4x4 row-major, absent when none is stored
	FocalM         float64        `json:"focalLength,omitempty"`
	PixelWidth     float64        `json:"pixelWidth,omitempty"` // metres, or radians of a spherical picture
	PixelHeight    float64        `json:"pixelHeight,omitempty"`
	PrincipalX     float64        `json:"principalPointX,omitempty"`
	PrincipalY     float64        `json:"principalPointY,omitempty"`
	RadiusM        float64        `json:"radius,omitempty"`
	HasMask        bool           `json:"maskNotExtracted,omitempty"`
}

type cloudImagesSummary struct {
	Dir    string              `json:"dir"`
	Images []cloudImage        `json:"images"`
	Failed []forensics.Failure `json:"failed"`
}

func runCloudImages(ctx context.Context, files []string, dir string, ignore bool) (cloudImagesSummary, error) {
	sum := cloudImagesSummary{Dir: dir, Images: []cloudImage{}, Failed: []forensics.Failure{}}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return sum, err
	}
	for i, path := range files {
		f, err := openScanFile(path, scans.Options{IgnoreChecksums: ignore})
		if err != nil {
			sum.Failed = append(sum.Failed, failureOf(path, err))
			continue
		}
		err = sum.extract(ctx, f, i)
		f.Close()
		if err != nil {
			return sum, err
		}
	}
	if len(sum.Images) == 0 && len(sum.Failed) > 0 {
		return sum, allFailed(sum.Failed)
	}
	data, err := json.MarshalIndent(sum.Images, "", " ")
	if err != nil {
		return sum, err
	}
	return sum, replaceFile(filepath.Join(dir, "images.json"), func(f *os.File) error {
		_, err := f.Write(append(data, '\n'))
		return err
	})
}

// extract writes the pictures of one file. It returns an error only when the folder
// can not be written or the context ends.
func (s *cloudImagesSummary) extract(ctx context.Context, f *scanFile, number int) error {
	file := f.E57()
	if file == nil {
		s.Failed = append(s.Failed, forensics.Failure{Input: f.path, Reason: fmt.Sprintf("%s files hold no pictures that are extracted", f.Format)})
		return nil
	}
	for i := range file.Images {
		if err := ctx.Err(); err != nil {
			return err
		}
		im := &file.Images[i]
		data, err := file.ImageData(im)
		if err == nil && !bytes.HasPrefix(data, []byte(map[string]string{"jpeg": "\xff\xd8\xff", "png": "\x89PNG"}[im.Encoding])) {
			err = fmt.Errorf("its %d bytes are no %s", len(data), im.Encoding)
		}
		if err != nil {
			fail := failureOf(f.path, err)
			fail.Reason = fmt.Sprintf("image %d %q: %s", i+1, im.Name, fail.Reason)
			s.Failed = append(s.Failed, fail)
			continue
		}
		name := fmt.Sprintf("%02d-%03d.%s", number+1, i+1, map[string]string{"jpeg": "jpg", "png": "png"}[im.Encoding])
		if err := replaceFile(filepath.Join(s.Dir, name), func(out *os.File) error {
			_, err := out.Write(data)
			return err
		}); err != nil {
			return err
		}
		c := cloudImage{File: name, Source: f.path, Name: im.Name, GUID: im.GUID, ScanGUID: im.ScanGUID, Projection: im.Projection, WidthPx: im.WidthPx, HeightPx: im.HeightPx,
			FocalM: im.FocalM, PixelWidth: im.PixelWidth, PixelHeight: im.PixelHeight, PrincipalX: im.PrincipalX, PrincipalY: im.PrincipalY, RadiusM: im.RadiusM, HasMask: im.HasMask}
		if im.HasPose {
			c.WorldFromImage = &im.WorldFromImage
		}
		s.Images = append(s.Images, c)
	}
	s.Failed = append(s.Failed, f.badPages()...)
	return nil
}

func (s cloudImagesSummary) failures() []forensics.Failure { return s.Failed }

func (s cloudImagesSummary) print(w io.Writer, t texts) {
	for _, im := range s.Images {
		fmt.Fprintln(w, " ", t.T("cloud_image", "File", im.File, "Projection", im.Projection, "Width", im.WidthPx, "Height", im.HeightPx, "Name", im.Name))
	}
	fmt.Fprintln(w, t.T("cloud_images_total", "Count", len(s.Images), "Dir", s.Dir))
}
