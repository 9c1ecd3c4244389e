# The image holds one file: the program, static, with the public CA roots inside (docs/adr/0011-container-image.md).
# Nothing in it writes to the file system, and nothing can: run it read-only.
#
#   docker build --build-arg VERSION="$(git describe --tags --always --dirty)" -t voile .
#
# `make image` builds the same image without a container engine. It takes the result from the last stage below
# (cmd/image reads it, and refuses an instruction that it does not know) and the program from the same make target.

# Who verifies a build names the exact release that `voile version` shows: --build-arg GO_VERSION=1.26.4.
ARG GO_VERSION=1.26

FROM --platform=$BUILDPLATFORM golang:${GO_VERSION} AS build
ARG VERSION=devel
ARG TARGETOS
ARG TARGETARCH
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    GOOS=$TARGETOS GOARCH=$TARGETARCH make build VERSION="$VERSION" BINARY=/voile

FROM scratch
ARG VERSION=devel
ARG REVISION
ARG CREATED
LABEL org.opencontainers.image.title="voile" \
      org.opencontainers.image.description="Streaming pseudonymization proxy for Kafka" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED"
COPY --from=build --chmod=0755 /voile /voile
USER 65532:65532
EXPOSE 9640/tcp
ENTRYPOINT ["/voile"]
CMD ["run", "-c", "/etc/voile/voile.yaml"]
