package carve

// documentTypes lists documents and archives.
func documentTypes() []Type { return nil }
