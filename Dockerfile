# What driver and executors run in on Kubernetes: Spark's own image, with marketgraph, its packages and its jars.
#
#   docker build --tag marketgraph:0.1.0 .
#   ./spark-submit.sh pipeline --master k8s://https://HOST:443 --conf spark.kubernetes.container.image=marketgraph:0.1.0 …
#
# For s3a:// add --build-arg JARS=s3a to the first line.
# The packages are those of requirements.lock, each checked by its hash, as `make setup` installs them.
ARG SPARK_IMAGE=apache/spark:3.5.9-scala2.12-java17-python3-ubuntu

FROM ${SPARK_IMAGE} AS build
# Only this stage installs; nothing of its user is in the next one.
# hadolint ignore=DL3002
USER 0
# The versions are those of the base image's release: a pin would break with each of its security updates.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends make python3-venv \
    && rm -rf /var/lib/apt/lists/*
COPY . /opt/marketgraph
WORKDIR /opt/marketgraph
ARG JARS=
# /opt/shipped is laid out as the root of the next stage has it.
RUN make setup \
    && make jars ARGS="${JARS}" \
    && .venv/bin/python -m marketgraph.packed_environment \
    && mkdir -p /opt/shipped/opt/marketgraph/environment /opt/shipped/opt/spark/jars \
    && tar -xzf .cache/environments/marketgraph-*.tar.gz -C /opt/shipped/opt/marketgraph/environment \
    && cp .cache/jars/*.jar /opt/shipped/opt/spark/jars/ \
    && cp -r lib jobs conf /opt/shipped/opt/marketgraph/

FROM ${SPARK_IMAGE}
COPY --from=build /opt/shipped /
ENV PYSPARK_PYTHON=/opt/marketgraph/environment/bin/python \
    PYSPARK_DRIVER_PYTHON=/opt/marketgraph/environment/bin/python \
    PYTHONPATH=/opt/marketgraph/lib
# The base image's own user, spark.
USER 185
WORKDIR /opt/spark/work-dir
