# firescene: make demo, make test. Both work from a clean clone on Debian 12
# with nothing but Go installed.

# The SIMD paths of Go 1.26 are switched on here; a plain `go build ./...` works
# too and gives the same results, more slowly.
export GOEXPERIMENT := simd
# HEIC is decoded by what is built in alone, never by a library of the system, and
# a build without cgo stays static.
export GOFLAGS := $(GOFLAGS) -tags=nodynamic

OUT ?= demo-out
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
# Packages whose goroutines share memory: the race detector runs on these.
RACE := ./formats/las ./forensics/casefile ./forensics/carve ./recon/match ./recon/measure ./recon/octree ./render/splat

.PHONY: build desktop windows demo test check race cross bench fuzz clean

build:
	@./setup.sh demo
	go build -o bin/firescene ./cmd/firescene

# The workstation's window; the first build takes some minutes.
desktop: build
	@./setup.sh desktop
	go build -o bin/firescene-desktop ./cmd/firescene-desktop

# Both programs for Windows, by Debian's cross compiler.
windows:
	@./setup.sh windows
	CGO_ENABLED=0 GOOS=windows GOARCH=amd64 go build -o bin/windows/firescene.exe ./cmd/firescene
	CGO_ENABLED=1 GOOS=windows GOARCH=amd64 CC=x86_64-w64-mingw32-gcc CXX=x86_64-w64-mingw32-g++ go build -ldflags -extldflags=-static -o bin/windows/firescene-desktop.exe ./cmd/firescene-desktop

demo: build
	./bin/firescene demo --out $(OUT)

test: export FIRESCENE_MAKE_TEST := 1
test: setup-test check cross
	go test -timeout 40m ./...
	go test -race -short $(RACE)

.PHONY: setup-test
setup-test:
	@./setup.sh test

check:
	@bad=$$(gofmt -l .); if [ -n "$$bad" ]; then echo "not gofmt-ed: $$bad"; exit 1; fi
	go vet ./...
	go run $(STATICCHECK) ./...

# The command-line tool without cgo, for the systems it must build on. Drawing
# then says what it needs; nothing else is lost.
cross:
	CGO_ENABLED=0 GOOS=linux go build -o /dev/null ./cmd/firescene
	CGO_ENABLED=0 GOOS=windows go build -o /dev/null ./cmd/firescene
	CGO_ENABLED=0 GOOS=darwin go build -o /dev/null ./cmd/firescene

bench:
	go test -run '^$$' -bench . -benchmem ./...

# A minute on each decoder's fuzz target; FUZZTIME=10s for a quick look.
FUZZTIME ?= 60s
fuzz:
	@for p in $$(go list ./...); do for f in $$(go test -list '^Fuzz' $$p | grep '^Fuzz'); do \
		echo "$$p $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x $$p || exit 1; done; done

clean:
	rm -rf bin demo-out
