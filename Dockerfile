# The bot, as nobody in particular, on a file system it cannot write to: `docker compose up`.

FROM python:3.13-slim AS build
WORKDIR /src
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY bot bot
COPY commands commands
COPY storage storage
RUN python -m venv /opt/htbot \
 && /opt/htbot/bin/pip install --no-cache-dir --disable-pip-version-check -c constraints.txt .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data --no-create-home htbot \
 && install -d -o htbot -g htbot -m 0700 /data  # a volume for whoever keeps SQLite and the key there
COPY --from=build /opt/htbot /opt/htbot
ENV PATH=/opt/htbot/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    XDG_DATA_HOME=/data \
    HT_METRICS_PORT=9464
USER htbot
WORKDIR /data
# Alive, not ready: while the database or Slack is away, a new container would not help.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"HT_METRICS_PORT\"]}/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["htbot"]
CMD ["run"]
