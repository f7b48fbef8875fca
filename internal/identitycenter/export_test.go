package identitycenter

var RegionTold = regionTold
