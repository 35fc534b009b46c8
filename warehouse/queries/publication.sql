-- Which publication is this, and what did it serve?
select revision, published_at, model_version from publication;
