// Package ply reads and writes point clouds in the Polygon File Format.
//
// Specification: Greg Turk, "The PLY Polygon File Format", Stanford, 1994.
// Read are ASCII and binary files of either byte order with any order and type
// of vertex properties; list properties and other elements are skipped. Normals
// (nx ny nz), colour (red green blue, r g b or diffuse_*) and intensity
// (intensity, scalar_Intensity, reflectance) become the columns of
// points.Chunk. Written is binary little-endian.
package ply
