# One image for every role. Built from the same pinned, hashed requirements and the same UI build as `make setup`.

FROM python:3.11.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/eoc
COPY requirements requirements
RUN /opt/eoc/bin/pip install --require-hashes --only-binary=:all: -r requirements/run.txt
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY tools tools
COPY packs packs
COPY eoc eoc
COPY sensors sensors
COPY video video
COPY dispatch dispatch
COPY ui ui
# The base image has no Node: the web build fetches it as a package, by hash.
RUN /opt/eoc/bin/python -m tools.build_ui \
 && /opt/eoc/bin/pip install --no-build-isolation --no-deps .

FROM python:3.11.13-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/eoc --shell /usr/sbin/nologin eoc \
 && install -d -o eoc -g eoc -m 0750 /var/lib/eoc
COPY --from=build /opt/eoc /opt/eoc
ENV PATH=/opt/eoc/bin:$PATH PYTHONUNBUFFERED=1 EOC_DATA_DIR=/var/lib/eoc
USER 10001
WORKDIR /var/lib/eoc
VOLUME /var/lib/eoc
EXPOSE 8022
HEALTHCHECK --interval=10s --timeout=4s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8022/healthz', timeout=3)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["eoc"]
CMD ["run", "--host", "0.0.0.0", "--port", "8022"]
