# syntax=docker/dockerfile:1
# One image for each function: docker build --target leader --tag leader .   (make images)
#
# An image holds what "make stage" puts into .stage/FUNCTION, and the classic watchdog where one
# calls the function. There is no base image below it: no shell, no package manager.

FROM swift:6.3-bookworm AS build
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update && apt-get install --yes --no-install-recommends make
WORKDIR /source
COPY . .
ARG SOURCE_DATE_EPOCH=0
RUN make stage

FROM ghcr.io/openfaas/classic-watchdog:0.3.9 AS watchdog

# What all images share.
FROM scratch AS base
ARG VERSION=0.2.0
ARG REVISION=
LABEL org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version="$VERSION" \
    org.opencontainers.image.revision="$REVISION"
ENV PATH=/usr/local/bin
USER 12000:12000

# What the functions share that the classic watchdog calls.
FROM base AS watched
COPY --from=watchdog /fwatchdog /usr/bin/fwatchdog
EXPOSE 8080
ENV CALLED_BY=gateway \
    combine_output=false \
    content_type=application/json \
    healthcheck_interval=2s
CMD ["/usr/bin/fwatchdog"]

FROM watched AS leader
LABEL org.opencontainers.image.title="leader" \
    org.opencontainers.image.description="Publishes the tree that mirrors carry, and their list"
COPY --from=build /source/.stage/leader/ /
ENV fprocess=/usr/local/bin/leader

FROM watched AS checker
LABEL org.opencontainers.image.title="checker" \
    org.opencontainers.image.description="Compares mirrors with the catalog"
COPY --from=build /source/.stage/checker/ /
ENV fprocess=/usr/local/bin/checker

FROM watched AS builder
LABEL org.opencontainers.image.title="builder" \
    org.opencontainers.image.description="Makes the region maps"
COPY --from=build /source/.stage/builder/ /
ENV fprocess=/usr/local/bin/builder

FROM watched AS status
LABEL org.opencontainers.image.title="status" \
    org.opencontainers.image.description="Makes the pages about the mirrors"
COPY --from=build /source/.stage/status/ /
ENV fprocess=/usr/local/bin/status

# Its own HTTP server.
FROM base AS redirector
LABEL org.opencontainers.image.title="redirector" \
    org.opencontainers.image.description="Sends every download to a mirror that has the file"
COPY --from=build /source/.stage/redirector/ /
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/redirector"]

# storage clean by cron, and for operators: docker run … storage verify
FROM watched AS storage
LABEL org.opencontainers.image.title="storage" \
    org.opencontainers.image.description="Lists, checks, copies and cleans what is in storage"
COPY --from=build /source/.stage/storage/ /
ENV fprocess="/usr/local/bin/storage clean --days 2"
