# docker build -t emoticare . && docker run --rm --read-only -p 8000:8000 emoticare
FROM python:3.13-slim AS build
COPY . /src
RUN python -m venv /opt/emoticare && /opt/emoticare/bin/pip install --no-cache-dir '/src[serve,telemetry]'

FROM python:3.13-slim
LABEL org.opencontainers.image.title="EmotiCare" org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/emoticare /opt/emoticare
ENV PATH=/opt/emoticare/bin:$PATH PYTHONDONTWRITEBYTECODE=1 EMOTICARE_HOST=0.0.0.0 EMOTICARE_PORT=8000
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["python", "-c", \
  "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"EMOTICARE_PORT\"]}/readyz', timeout=2)"]
ENTRYPOINT ["emoticare", "serve"]
