package zip

import "strings"

// kinds gathers what tells the documents apart that are ZIP archives.
type kinds struct {
	content, android, manifest bool
	office                     string
	first                      strings.Builder // what a first member "mimetype" holds
}

// see looks at a member's name.
func (k *kinds) see(name string) {
	switch {
	case name == "[Content_Types].xml":
		k.content = true
	case name == "AndroidManifest.xml":
		k.android = true
	case name == "META-INF/MANIFEST.MF":
		k.manifest = true
	case k.office != "":
	case strings.HasPrefix(name, "word/"):
		k.office = "docx"
	case strings.HasPrefix(name, "xl/"):
		k.office = "xlsx"
	case strings.HasPrefix(name, "ppt/"):
		k.office = "pptx"
	case strings.HasPrefix(name, "visio/"):
		k.office = "vsdx"
	}
}

// mimeTypes are contents of the member "mimetype", OASIS OpenDocument 1.3 part 2
// section 3.3 and EPUB OCF 3.
var mimeTypes = map[string]string{
	"application/vnd.oasis.opendocument.text":         "odt",
	"application/vnd.oasis.opendocument.spreadsheet":  "ods",
	"application/vnd.oasis.opendocument.presentation": "odp",
	"application/vnd.oasis.opendocument.graphics":     "odg",
	"application/epub+zip":                            "epub",
}

// name is the kind, or empty.
func (k *kinds) name() string {
	switch {
	case mimeTypes[strings.TrimSpace(k.first.String())] != "":
		return mimeTypes[strings.TrimSpace(k.first.String())]
	case k.content && k.office != "":
		return k.office
	case k.android:
		return "apk"
	case k.manifest:
		return "jar"
	}
	return ""
}
