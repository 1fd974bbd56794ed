# One image, four roles: the command says which part runs.
FROM python:3.12-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN python -m pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.12-slim-bookworm
COPY requirements/run.txt /tmp/run.txt
RUN python -m pip install --no-cache-dir --require-hashes -r /tmp/run.txt
COPY --from=build /wheels /wheels
RUN python -m pip install --no-cache-dir --no-deps /wheels/*.whl \
 && useradd --system --create-home --home-dir /var/lib/tempoband tempoband
USER tempoband
WORKDIR /var/lib/tempoband
ENTRYPOINT ["tempoband"]
