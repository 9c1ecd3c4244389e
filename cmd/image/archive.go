package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// assemble makes the image: one layer with the recipe's files, and its configuration. Files says where each lies.
func assemble(r *recipe, files map[string]string, platform string, created time.Time) (v1.Image, error) {
	system, architecture, ok := strings.Cut(platform, "/")
	if !ok || system == "" || architecture == "" {
		return nil, fmt.Errorf("-platform %q: want os/architecture, as linux/amd64", platform)
	}
	content, err := layerTar(r.files, files, created)
	if err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil },
		tarball.WithMediaType(types.OCILayer), tarball.WithCompressionLevel(gzip.DefaultCompression), tarball.WithCompressedCaching)
	if err != nil {
		return nil, err
	}
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	img, err := mutate.Append(base, mutate.Addendum{Layer: layer, History: v1.History{Created: v1.Time{Time: created}, CreatedBy: "make image"}})
	if err != nil {
		return nil, err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Created = system, architecture, v1.Time{Time: created}
	config.Config = v1.Config{User: r.user, Entrypoint: r.entrypoint, Cmd: r.command, Labels: r.labels, ExposedPorts: map[string]struct{}{}}
	for _, port := range r.ports {
		config.Config.ExposedPorts[port] = struct{}{}
	}
	return mutate.ConfigFile(img, config)
}

// layerTar is the layer: the files in the recipe's order, all of root's, so that the program cannot change itself.
func layerTar(copies []copied, files map[string]string, created time.Time) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, c := range copies {
		file, ok := files[c.from]
		if !ok {
			return nil, fmt.Errorf("the Dockerfile copies %s: say where it is: -file %s=FILE", c.from, c.from)
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := addFile(w, strings.TrimPrefix(path.Clean(c.to), "/"), content, c.mode, created); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func addFile(w *tar.Writer, name string, content []byte, mode int64, modified time.Time) error {
	header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(content)), Mode: mode, ModTime: modified, Format: tar.FormatUSTAR}
	if err := w.WriteHeader(header); err != nil {
		return err
	}
	_, err := w.Write(content)
	return err
}

// writeArchive writes the image as an OCI image layout
// (https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md) in a tar archive, with the manifest.json that
// `docker load` and `crane push` look for beside it.
func writeArchive(file string, img v1.Image, tag string) (err error) {
	_, version, ok := strings.Cut(tag, ":")
	if _, err := name.NewTag(tag); err != nil || !ok {
		return fmt.Errorf("-tag %q: want name:tag, of letters, digits, '_', '-' and '.'", tag)
	}
	entries, err := archiveEntries(img, tag, version)
	if err != nil {
		return err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	w := tar.NewWriter(f)
	for _, e := range entries {
		if err := addFile(w, e.name, e.content, 0o644, config.Created.Time); err != nil {
			return err
		}
	}
	return w.Close()
}

type entry struct {
	name    string
	content []byte
}

// archiveEntries are the archive's files, in its order.
func archiveEntries(img v1.Image, tag, version string) ([]entry, error) {
	manifest, err := img.RawManifest()
	if err != nil {
		return nil, err
	}
	config, err := img.RawConfigFile()
	if err != nil {
		return nil, err
	}
	parsed, err := img.Manifest()
	if err != nil {
		return nil, err
	}
	digest, err := img.Digest()
	if err != nil {
		return nil, err
	}
	configFile, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	index, err := json.Marshal(v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{{
		MediaType: parsed.MediaType, Size: int64(len(manifest)), Digest: digest, Platform: configFile.Platform(),
		Annotations: map[string]string{"org.opencontainers.image.ref.name": version},
	}}})
	if err != nil {
		return nil, err
	}
	docker := tarball.Manifest{{Config: blobName(parsed.Config.Digest), RepoTags: []string{tag}}}
	blobs := []entry{{blobName(digest), manifest}, {blobName(parsed.Config.Digest), config}}
	layers, err := img.Layers()
	if err != nil {
		return nil, err
	}
	for i, layer := range layers {
		file := blobName(parsed.Layers[i].Digest)
		content, err := readLayer(layer)
		if err != nil {
			return nil, err
		}
		docker[0].Layers = append(docker[0].Layers, file)
		blobs = append(blobs, entry{file, content})
	}
	dockerText, err := json.Marshal(docker)
	if err != nil {
		return nil, err
	}
	return append([]entry{{"oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`)}, {"index.json", index}, {"manifest.json", dockerText}}, blobs...), nil
}

func blobName(h v1.Hash) string { return path.Join("blobs", h.Algorithm, h.Hex) }

func readLayer(layer v1.Layer) ([]byte, error) {
	r, err := layer.Compressed()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	return io.ReadAll(r)
}
