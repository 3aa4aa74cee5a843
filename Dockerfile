FROM node:20-slim AS build
# For sqlite3, where its prebuilt file can't be fetched.
RUN apt-get update && apt-get install -y --no-install-recommends python3 make g++ && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# What the build needs is among the dependencies.
RUN npm ci --omit=dev
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN npm run build

FROM node:20-slim
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000
COPY --from=build --chown=node:node /app/dist dist
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/scripts scripts
COPY package.json .npmrc ./
COPY demo demo
# The default database is a file.
RUN mkdir data && chown node:node data
USER node
EXPOSE 4000
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/readyz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# As npm start, but as the process that gets SIGTERM.
CMD ["node", "--max-semi-space-size=64", "dist/main.js"]
