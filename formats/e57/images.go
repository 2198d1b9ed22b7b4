package e57

import (
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"firescene/formats"
	"firescene/formats/points"
)

// Projection is how an image shows the place.
type Projection string

// The projections of E57.
const (
	Visual      Projection = "visual" // for reference only
	Pinhole     Projection = "pinhole"
	Spherical   Projection = "spherical"
	Cylindrical Projection = "cylindrical"
)

// Image is a picture stored beside the scans. Lengths are metres, angles radians; a
// value that the file lacks is 0.
type Image struct {
	Name, GUID, Description string
	ScanGUID                string // of the scan that it belongs to; may be empty
	Projection              Projection
	Encoding                string // "jpeg" or "png"
	WidthPx, HeightPx       int
	// WorldFromImage is the camera's pose, 4x4 row-major; identity when HasPose is
	// false. A pinhole camera looks along -Z with Y up in the picture.
	WorldFromImage [16]float64
	HasPose        bool
	FocalM         float64 // pinhole
	PixelWidth     float64 // metres of a pinhole or cylindrical picture, radians of a spherical one
	PixelHeight    float64
	PrincipalX     float64 // pixels
	PrincipalY     float64
	RadiusM        float64 // cylindrical
	SizeB          int64
	HasMask        bool // a mask of valid pixels is stored beside it

	atB int64 // physical offset of the blob
}

// maxImages bounds the images of a file.
const maxImages = 1 << 16

// image reads one vectorChild of images2D.
func (p *xmlParser) image() (Image, error) {
	im := Image{WorldFromImage: points.IdentityPose}
	err := p.children(func(e xml.StartElement) (err error) {
		if e.Name.Space != p.space {
			return p.dec.Skip()
		}
		switch e.Name.Local {
		case "guid":
			im.GUID, err = p.text()
		case "name":
			im.Name, err = p.text()
		case "description":
			im.Description, err = p.text()
		case "associatedData3DGuid":
			im.ScanGUID, err = p.text()
		case "pose":
			im.HasPose = true
			im.WorldFromImage, err = p.pose()
		case "visualReferenceRepresentation":
			// A picture with a true projection counts before its copy for reference.
			if im.Projection != "" {
				return p.dec.Skip()
			}
			err = p.representation(&im, Visual)
		case "pinholeRepresentation":
			err = p.representation(&im, Pinhole)
		case "sphericalRepresentation":
			err = p.representation(&im, Spherical)
		case "cylindricalRepresentation":
			err = p.representation(&im, Cylindrical)
		default:
			err = p.dec.Skip()
		}
		return err
	})
	return im, err
}

func (p *xmlParser) representation(im *Image, kind Projection) error {
	im.Projection = kind
	var width, height float64
	into := map[string]*float64{"imageWidth": &width, "imageHeight": &height, "focalLength": &im.FocalM, "pixelWidth": &im.PixelWidth,
		"pixelHeight": &im.PixelHeight, "principalPointX": &im.PrincipalX, "principalPointY": &im.PrincipalY, "radius": &im.RadiusM}
	err := p.children(func(e xml.StartElement) (err error) {
		switch name := e.Name.Local; name {
		case "jpegImage", "pngImage":
			im.Encoding = strings.TrimSuffix(name, "Image")
			if im.atB, err = p.offset(e, "fileOffset"); err == nil {
				im.SizeB, err = p.offset(e, "length")
			}
			if err != nil {
				return err
			}
			return p.dec.Skip()
		case "imageMask":
			im.HasMask = true
			return p.dec.Skip()
		default:
			if dst := into[name]; dst != nil {
				*dst, err = p.number(name)
				return err
			}
			return p.dec.Skip()
		}
	})
	im.WidthPx, im.HeightPx = pixels(width), pixels(height)
	return err
}

func pixels(v float64) int {
	if v >= 0 && v <= 1<<30 {
		return int(v)
	}
	return 0
}

func (p *xmlParser) offset(e xml.StartElement, name string) (int64, error) {
	v, err := strconv.ParseInt(attr(e, name), 10, 64)
	if err != nil || v < 0 {
		return 0, damaged(p.physB, "%s %.40q of an image is not a number of bytes", name, attr(e, name))
	}
	return v, nil
}

// ImageData returns the stored picture, a JPEG or PNG file. A picture that lies
// outside the file or exceeds the limits is a *formats.FormatError.
func (f *File) ImageData(im *Image) ([]byte, error) {
	file := f.file
	if im.Encoding == "" {
		return nil, &formats.UnsupportedError{Format: "E57", Offset: -1, Feature: fmt.Sprintf("image %.40q without JPEG or PNG data", im.Name), Next: "export the image again"}
	}
	if im.atB < headerSize || im.atB > file.size-blobHeadB || im.atB%pageSize >= pagePayload || im.SizeB > file.size || im.SizeB > file.lim.MaxAllocB {
		return nil, damaged(im.atB, "image %.40q of %d bytes is said to be at byte %d of %d", im.Name, im.SizeB, im.atB, file.size)
	}
	r := file.readerAt(im.atB, 1+int(min(im.SizeB/pagePayload, aheadData)))
	var h [blobHeadB]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return nil, blobEnd(im, err)
	}
	if length := binary.LittleEndian.Uint64(h[8:]); h[0] != 0 || length < uint64(im.SizeB) {
		return nil, damaged(im.atB, "image %.40q: section type %d of %d bytes where a blob of %d should be", im.Name, h[0], length, im.SizeB)
	}
	b := make([]byte, im.SizeB)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, blobEnd(im, err)
	}
	return b, nil
}

const blobHeadB = 16

func blobEnd(im *Image, err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return damaged(im.atB, "the file ends within image %.40q", im.Name)
	}
	return err
}

// ImageSource is an image to be written.
type ImageSource struct {
	Image        // SizeB and HasMask are not used; an empty GUID is made
	Data  []byte // the JPEG or PNG file
}

// writeImage stores the blob of an image.
func writeImage(pw *pageWriter, im *ImageSource) error {
	if im.Encoding != "jpeg" && im.Encoding != "png" {
		return fmt.Errorf("e57: image %q is encoded as %q: give jpeg or png", im.Name, im.Encoding)
	}
	im.atB, im.SizeB = pw.physical(), int64(len(im.Data))
	var h [blobHeadB]byte
	binary.LittleEndian.PutUint64(h[8:], uint64(blobHeadB+len(im.Data)+3)&^3)
	if _, err := pw.Write(h[:]); err != nil {
		return err
	}
	if _, err := pw.Write(im.Data); err != nil {
		return err
	}
	_, err := pw.Write(make([]byte, (4-len(im.Data)%4)%4))
	return err
}

// image describes an image.
func (x *xmlWriter) image(im *Image) {
	x.open("vectorChild")
	x.str("guid", im.GUID)
	x.str("name", im.Name)
	if im.Description != "" {
		x.str("description", im.Description)
	}
	if im.ScanGUID != "" {
		x.str("associatedData3DGuid", im.ScanGUID)
	}
	if im.HasPose {
		x.pose(im.WorldFromImage)
	}
	name := map[Projection]string{Pinhole: "pinholeRepresentation", Spherical: "sphericalRepresentation", Cylindrical: "cylindricalRepresentation"}[im.Projection]
	if name == "" {
		name = "visualReferenceRepresentation"
	}
	x.open(name)
	fmt.Fprintf(x, "<%sImage type=\"Blob\" fileOffset=\"%d\" length=\"%d\"/>\n", im.Encoding, im.atB, im.SizeB)
	x.integer("imageHeight", int64(im.HeightPx))
	x.integer("imageWidth", int64(im.WidthPx))
	if im.Projection == Pinhole {
		x.float("focalLength", im.FocalM)
	}
	if name != "visualReferenceRepresentation" {
		x.float("pixelHeight", im.PixelHeight)
		x.float("pixelWidth", im.PixelWidth)
	}
	if im.Projection == Pinhole {
		x.float("principalPointX", im.PrincipalX)
	}
	if im.Projection == Pinhole || im.Projection == Cylindrical {
		x.float("principalPointY", im.PrincipalY)
	}
	if im.Projection == Cylindrical {
		x.float("radius", im.RadiusM)
	}
	x.close(name)
	x.close("vectorChild")
}
