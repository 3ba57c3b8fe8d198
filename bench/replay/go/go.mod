module boltline.replay

go 1.24
