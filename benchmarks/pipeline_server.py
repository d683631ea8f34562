"""The server that many write by hand: FastAPI around a Hugging Face pipeline."""

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from transformers import pipeline

FOLDER, PORT = sys.argv[1], int(sys.argv[2])

app = FastAPI()
classify = pipeline("text-classification", model=FOLDER, top_k=None)


class Body(BaseModel):
    inputs: str


@app.get("/health")
def health() -> str:
    return "ok"


@app.post("/")
def emotions(body: Body) -> list[dict[str, Any]]:
    return classify([body.inputs])[0]


uvicorn.run(app, port=PORT, log_level="warning")
