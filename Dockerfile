# The image: the program, the libraries that it loads, CA certificates, and a list of all that (SPDX). No shell, no package manager.
#
#   docker buildx build --platform linux/amd64,linux/arm64 -t REGISTRY/snaptrail:VERSION .
#   buildah build --platform linux/arm64 -t REGISTRY/snaptrail:VERSION .
#
# The compiler runs on the machine's own architecture and cross-compiles for the others: nothing is emulated.
ARG DEBIAN=debian:trixie-slim

FROM --platform=$BUILDPLATFORM $DEBIAN AS build
ARG TARGETARCH
WORKDIR /src
# First what seldom changes, so that an edit of a source file does not fetch the compiler again.
COPY tools/install.sh tools/
COPY deploy/image/packages.sh deploy/image/
RUN ["bash", "-c", "deploy/image/packages.sh \"$TARGETARCH\""]
COPY . .
# Unix time of the commit (`git log -1 --format=%ct`): the same sources then give the same image.
ARG SOURCE_DATE_EPOCH=0
RUN ["bash", "-c", "deploy/image/build.sh \"$TARGETARCH\" /image"]

# Only the bill of materials: docker buildx build --target sbom --output type=local,dest=. .
FROM scratch AS sbom
COPY --from=build /image/usr/share/sbom/ /

FROM scratch
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="snaptrail" \
      org.opencontainers.image.description="Follows CSI snapshot backups and restores in a Kubernetes cluster, and remembers them" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.base.name="scratch" \
      io.k8s.display-name="snaptrail" \
      io.k8s.description="Follows CSI snapshot backups and restores in a Kubernetes cluster, and remembers them" \
      io.openshift.tags="backup,csi,snapshot,monitoring"
COPY --from=build /image/ /
# As a number, so that runAsNonRoot can be checked; group 0, which OpenShift gives to the UIDs that it makes up.
USER 65532:0
WORKDIR /var/lib/snaptrail
EXPOSE 8080
ENTRYPOINT ["/usr/bin/snaptrail"]
CMD ["run", "--listen", "[::]:8080", "--ledger", "/var/lib/snaptrail/ledger.db", "--log-format", "json"]
